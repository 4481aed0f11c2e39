import { withDeadline } from '../deadline.js';
import { startProcess, type ProcessOptions, type ProcessResult, type RunningProcess } from './start-process.js';

export interface RunOptions extends ProcessOptions {
  /** Written to its standard input, which is then closed; without it the input is closed at once. */
  readonly input?: string | Uint8Array;
  /** Default 60,000. When it passes, the group is killed and the promise rejects with what was printed. */
  readonly timeoutMs?: number;
  /** Sends a signal once: when a line matches, or after so many milliseconds. */
  readonly signalAfter?: SignalAfter;
}

export type SignalAfter = { readonly signal: NodeJS.Signals } & ({ readonly line: RegExp } | { readonly ms: number });

/** Runs a command to its end. Any exit code is an answer, not an error; nothing of its group is left running. */
export async function runProcess(
  command: string,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<ProcessResult> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  await using running = await startProcess(command, args, options);
  const stop = scheduleSignal(running, options.signalAfter);
  running.stdin.end(options.input ?? '');
  try {
    return await withDeadline(
      running.result,
      timeoutMs,
      () => `${command} did not end within ${timeoutMs} ms:\n${running.stdout()}${running.stderr()}`,
    );
  } finally {
    stop();
  }
}

function scheduleSignal(running: RunningProcess, when: SignalAfter | undefined): () => void {
  if (when === undefined) return () => undefined;
  if ('ms' in when) {
    const timer = setTimeout(() => running.kill(when.signal), when.ms);
    return () => clearTimeout(timer);
  }
  void running.waitForLine(when.line, { timeoutMs: 60_000 }).then(
    () => running.kill(when.signal),
    // It ended without the line: its result says so.
    () => undefined,
  );
  return () => undefined;
}
