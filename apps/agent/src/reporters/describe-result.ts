import { formatDuration, formatSize, unreachable } from '@velocity/core';
import type { TaskResult } from '../run/events.js';
import type { Style } from './style.js';

/** The columns after a task's label: what happened, the short key, details. Undefined for what needs no line. */
export function describeResult(result: TaskResult, style: Style): readonly [word: string, details: string] | undefined {
  const { outcome } = result;
  const took = formatDuration(result.endedMs - result.startedMs);
  switch (outcome.status) {
    case 'passed-through':
      return undefined;
    case 'fresh':
      return [style.green('fresh'), saved(outcome.savedMs)];
    case 'restored':
      return [
        style.green(`hit ${outcome.tier}`),
        `${formatSize(outcome.bytes)} in ${took}${saved(outcome.savedMs, '   ')}`,
      ];
    case 'ran':
      if (outcome.stored.status === 'not-stored') return [style.yellow('NOT STORED'), outcome.stored.reason];
      return [style.bold('ran'), `in ${took}`];
    case 'started':
      return ['running', 'until the run is stopped'];
    case 'failed':
      return [style.red('FAILED'), `${outcome.reason} after ${took}`];
    case 'skipped':
      return [style.yellow('skipped'), `${outcome.because} failed`];
    case 'cancelled':
      return [style.yellow('cancelled'), ''];
    default:
      return unreachable(outcome);
  }
}

function saved(ms: number, separator = ''): string {
  return ms < 1 ? '' : `${separator}saved ${formatDuration(ms)}`;
}
