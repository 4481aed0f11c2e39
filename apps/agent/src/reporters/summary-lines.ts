import { formatDuration, formatSize } from '@velocity/core';
import type { RunSummary, TaskOutcome } from '../run/events.js';
import type { Style } from './style.js';

/** The block that ends a run. */
export function summaryLines(summary: RunSummary, style: Style): string[] {
  const outcomes = summary.results.map((result) => result.outcome).filter(({ status }) => status !== 'passed-through');
  const count = (test: (outcome: TaskOutcome) => boolean): number => outcomes.filter(test).length;
  const failed = count(({ status }) => status === 'failed');
  const skipped = count(({ status }) => status === 'skipped' || status === 'cancelled');
  const local = count(
    (outcome) => outcome.status === 'fresh' || (outcome.status === 'restored' && outcome.tier === 'local'),
  );
  const remote = count((outcome) => outcome.status === 'restored' && outcome.tier === 'remote');
  const ran = count((outcome) => outcome.status === 'ran');
  const notStored = count((outcome) => outcome.status === 'ran' && outcome.stored.status === 'not-stored');
  const ok = outcomes.length - failed - skipped;
  const isFull = ran === 0 && failed === 0 && skipped === 0 && local + remote > 0;

  const parts = (list: readonly (string | undefined)[]): string =>
    list.filter((part) => part !== undefined).join(' · ');
  const lines = [
    ` ${style.bold('Tasks')}   ${parts([`${ok} ok`, failed > 0 ? style.red(`${failed} failed`) : '0 failed', skipped > 0 ? `${skipped} skipped` : undefined])}`,
    ` ${style.bold('Cache')}   ${parts([
      `${local + remote} hit (${local} local, ${remote} remote)`,
      `${ran + failed} miss`,
      notStored > 0 ? style.yellow(`${notStored} not stored`) : undefined,
      isFull ? style.green('FULL CACHE') : undefined,
    ])}`,
  ];
  if (summary.remote !== undefined) {
    const { downBytes, upBytes, errors, abandoned } = summary.remote;
    lines.push(
      ` ${style.bold('Remote')}  ${parts([
        `down ${formatSize(downBytes)}`,
        `up ${formatSize(upBytes)}`,
        errors > 0 ? style.yellow(`${errors} errors`) : '0 errors',
        abandoned > 0 ? style.yellow(`${abandoned} not sent`) : undefined,
      ])}`,
    );
  }
  const { criticalPath } = summary;
  lines.push(
    ` ${style.bold('Time')}    ${parts([
      formatDuration(summary.durationMs),
      summary.savedMs >= 1 ? `saved ${formatDuration(summary.savedMs)}` : undefined,
      criticalPath.tasks.length > 1
        ? `critical path ${criticalPath.tasks.join(' > ')} ${formatDuration(criticalPath.durationMs)}`
        : undefined,
    ])}`,
  );
  return lines;
}
