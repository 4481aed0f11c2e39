import { formatDuration, formatSize } from '@velocity/core';
import type { Style } from '../reporters/style.js';
import { describeVerdict } from './describe-verdict.js';
import { isObjection, type TaskVerdict } from './verdict.js';
import type { VerifyResult } from './verdict-document.js';

/** What is said before the executions. */
export function verifyHeader(
  header: {
    readonly version: string;
    readonly packageCount: number;
    readonly taskNames: readonly string[];
    readonly taskCount: number;
  },
  style: Style,
): string {
  const { version, packageCount, taskNames, taskCount } = header;
  const packages = `${packageCount} ${packageCount === 1 ? 'package' : 'packages'}`;
  const tasks = `${taskNames.join(' ')} (${taskCount} ${taskCount === 1 ? 'task' : 'tasks'})`;
  return [style.bold(`velocity ${version}`), packages, tasks, 'verify: twice, in scratch copies'].join(' · ');
}

/** The verdicts, task by task. */
export function verdictLines({ verdicts, leftOut }: VerifyResult, style: Style): string[] {
  const width = verdicts.reduce((longest, { task }) => Math.max(longest, task.label.length), 0);
  return [
    ...verdicts.flatMap((verdict) => describeVerdict(verdict, width, style)),
    ...leftOut.map((label) => `${style.yellow('note')} ${label} is left out: it is persistent and has no end`),
  ];
}

/** The block that ends a verification. */
export function verifySummary({ verdicts, copied, durationMs }: VerifyResult, style: Style): string[] {
  const count = (test: (verdict: TaskVerdict) => boolean): number => verdicts.filter(test).length;
  const counted = (number: number, word: string, paint: (text: string) => string): string[] =>
    number === 0 ? [] : [paint(`${number} ${word}`)];
  const different = count(isObjection);
  const files = verdicts.reduce((sum, { fileCount }) => sum + fileCount, 0);
  const differing = verdicts.reduce((sum, { differingCount }) => sum + differingCount, 0);
  const tasks = [
    `${count(({ status }) => status === 'same')} same`,
    ...counted(different, 'different', style.red),
    ...counted(count(({ status }) => status === 'different') - different, 'different, not cached', style.yellow),
    ...counted(
      count(({ status }) => status === 'failed'),
      'failed',
      style.red,
    ),
    ...counted(
      count(({ status }) => status === 'not-executed'),
      'skipped',
      style.yellow,
    ),
  ];
  return [
    ` ${style.bold('Tasks')}   ${tasks.join(' · ')}`,
    ` ${style.bold('Files')}   ${files} compared · ${differing} different`,
    ` ${style.bold('Time')}    ${formatDuration(durationMs)} · ${copied.files} files copied twice, ${formatSize(copied.bytes)} each time`,
  ];
}
