import type { TaskResult } from './events.js';

/** 0, the highest exit code of a task, or 130 and 143 after a stop by SIGINT and SIGTERM. */
export function exitCodeOf(results: readonly TaskResult[], signal: AbortSignal): number {
  if (signal.aborted) return signal.reason === 'SIGINT' ? 130 : 143;
  const codes = results.map(({ outcome }) => (outcome.status === 'failed' ? outcome.exitCode || 1 : 0));
  return codes.reduce((highest, code) => Math.max(highest, code), 0);
}
