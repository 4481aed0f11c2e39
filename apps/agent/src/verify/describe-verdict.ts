import { printablePath, unreachable } from '@velocity/core';
import type { Style } from '../reporters/style.js';
import type { FileDifference } from './compare-files.js';
import type { StrayFinding, TaskEnd, TaskVerdict } from './verdict.js';

const STATUS_WIDTH = 10;
const SHOWN_STRAYS = 10;
const SHOWN_NAMES = 3;

/** A verdict for people: its line, and what there is to say about it below. */
export function describeVerdict(verdict: TaskVerdict, labelWidth: number, style: Style): string[] {
  const { task, differences, differingCount, log, strays } = verdict;
  const [word, details] = summarize(verdict);
  const color = word === 'DIFFERS' || word === 'FAILED' ? style.red : word === 'same' ? style.green : style.yellow;
  const label = style.ofName(task.label)(task.label.padEnd(labelWidth));
  const note = (text: string): string => `  ${style.yellow('note')} ${text}`;
  const more = differingCount - differences.length;
  return [
    `${label}  ${color(word)}${' '.repeat(STATUS_WIDTH - word.length)}  ${details}`,
    ...differences.flatMap((difference) => describeDifference(difference, style)),
    ...(more > 0 ? [`  +${more} more`] : []),
    ...(log === undefined ? [] : [note(`its log differs: ${placeOf({ ...log })}`)]),
    ...strays.slice(0, SHOWN_STRAYS).map((stray) => note(describeStray(stray))),
    ...(strays.length > SHOWN_STRAYS ? [note(`+${strays.length - SHOWN_STRAYS} more files written`)] : []),
  ];
}

function summarize(verdict: TaskVerdict): readonly [word: string, details: string] {
  const { status, ends, fileCount, differingCount, mayFollowFrom, task } = verdict;
  const files = `${fileCount} ${fileCount === 1 ? 'file' : 'files'}`;
  const origin = mayFollowFrom.length === 0 ? '' : `; may only follow from ${namesOf(mayFollowFrom)}`;
  switch (status) {
    case 'same':
      return ['same', files];
    case 'different':
      if (fileCount === 0) return ['DIFFERS', `${ends.map(describeEnd).join(', then ')}${origin}`];
      return task.config.cache
        ? ['DIFFERS', `${differingCount} of ${files}${origin}`]
        : ['differs', `${differingCount} of ${files}; it is not cached (cache: false)${origin}`];
    case 'failed':
      return ['FAILED', [...new Set(ends.map(describeEnd))].join(', then ')];
    case 'not-executed':
      return ['skipped', 'not executed twice'];
    default:
      return unreachable(status);
  }
}

function describeEnd(end: TaskEnd): string {
  if (end.kind === 'failed') return end.reason;
  return end.kind === 'ran' ? 'exit code 0' : 'not executed';
}

function describeDifference(difference: FileDifference, style: Style): string[] {
  const line = `  ${style.bold(printablePath(difference.path))}: ${placeOf(difference)}`;
  if (difference.kind !== 'content' && difference.kind !== 'target') return [line];
  return [line, `    ${style.dim('1')} ${difference.first}`, `    ${style.dim('2')} ${difference.second}`];
}

function placeOf(difference: FileDifference): string {
  const cause = difference.cause === undefined ? '' : `: ${difference.cause}`;
  switch (difference.kind) {
    case 'presence':
      return `only in the ${difference.onlyIn} execution`;
    case 'type':
    case 'executable':
      return `${difference.first}, then ${difference.second}`;
    case 'target':
      return `leads elsewhere${cause}`;
    case 'content':
      return `${difference.line === undefined ? '' : `line ${difference.line}, `}byte ${difference.offset}${cause}`;
    default:
      return unreachable(difference);
  }
}

function describeStray({ path, isInput, others }: StrayFinding): string {
  const by = others.length === 0 ? '' : `; or ${namesOf(others)} did, which ran at the same time`;
  if (isInput) return `wrote its own input ${printablePath(path)}: its result cannot be stored${by}`;
  return `undeclared output ${printablePath(path)}: it would not come back on a hit${by}`;
}

function namesOf(labels: readonly string[]): string {
  const shown = labels.slice(0, SHOWN_NAMES).join(', ');
  return labels.length > SHOWN_NAMES ? `${shown} (+${labels.length - SHOWN_NAMES} more)` : shown;
}
