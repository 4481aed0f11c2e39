import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Writable } from 'node:stream';

import { withDeadline } from '../deadline.js';
import { environment } from '../environment.js';
import { tempDir } from '../temp-dir.js';
import { TextLog } from './text-log.js';

export interface ProcessOptions {
  /** Default: its HOME. */
  readonly cwd?: string;
  /** Added to the scrubbed environment, which is PATH and, unless given here, a HOME of the process's own; nothing else. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ProcessResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

export interface WaitOptions {
  /** Default 30,000. */
  readonly timeoutMs?: number;
}

/** A process in a group of its own. Disposing kills the whole group with SIGKILL and waits until it is gone. */
export interface RunningProcess extends AsyncDisposable {
  readonly pid: number;
  /** Settles when it has ended and its output is complete: a grandchild that holds the output open holds this up. */
  readonly result: Promise<ProcessResult>;
  readonly stdin: Writable;
  stdout(): string;
  stderr(): string;
  /** The first match in either output, past or future; a process that ends without one rejects with its output. */
  waitForLine(pattern: RegExp, options?: WaitOptions): Promise<RegExpExecArray>;
  /** To the process alone. */
  kill(signal: NodeJS.Signals): void;
  /** To it and to all that it started and that did not leave its group. */
  killGroup(signal: NodeJS.Signals): void;
  /** Lets this process end although that one is still running. */
  unref(): void;
}

export async function startProcess(
  command: string,
  args: readonly string[] = [],
  options: ProcessOptions = {},
): Promise<RunningProcess> {
  const home = options.env?.['HOME'] === undefined ? tempDir('velocity-home-') : undefined;
  const env = { PATH: environment.path, ...(home === undefined ? {} : { HOME: home.path }), ...options.env };
  const startedAt = performance.now();
  const child = spawn(command, args, {
    cwd: options.cwd ?? env['HOME'],
    env,
    detached: true,
    stdio: 'pipe',
  });
  const stdout = new TextLog(child.stdout);
  const stderr = new TextLog(child.stderr);
  // A process that ends before it has read its input is the caller's to judge by its exit code.
  child.stdin.on('error', () => undefined);

  const result = new Promise<ProcessResult>((resolve) => {
    child.once('close', (exitCode, signal) => {
      home?.[Symbol.dispose]();
      const durationMs = performance.now() - startedAt;
      resolve({ exitCode, signal, stdout: stdout.text, stderr: stderr.text, durationMs });
    });
  });
  try {
    await spawned(child, command);
  } catch (error) {
    home?.[Symbol.dispose]();
    throw error;
  }
  const pid = child.pid ?? 0;

  const killGroup = (signal: NodeJS.Signals): void => signalGroup(pid, signal);
  return {
    pid,
    result,
    stdin: child.stdin,
    stdout: () => stdout.text,
    stderr: () => stderr.text,
    waitForLine: async (pattern, wait = {}) => {
      const timeoutMs = wait.timeoutMs ?? 30_000;
      const output = (): string => `${stdout.text}${stderr.text}`;
      const ended = result.then(({ exitCode, signal }) => {
        const match = stdout.find(pattern) ?? stderr.find(pattern);
        if (match !== null) return match;
        throw new Error(`${command} ended (${exitCode ?? signal}) without ${String(pattern)}:\n${output()}`);
      });
      return withDeadline(
        Promise.race([stdout.waitFor(pattern), stderr.waitFor(pattern), ended]),
        timeoutMs,
        () => `${command} printed nothing like ${String(pattern)} within ${timeoutMs} ms:\n${output()}`,
      );
    },
    kill: (signal) => void child.kill(signal),
    killGroup,
    unref: () => unrefAll(child),
    [Symbol.asyncDispose]: async () => {
      killGroup('SIGKILL');
      await withDeadline(result, 10_000, () => `${command} (${pid}) was killed but something still holds its output`);
    },
  };
}

async function spawned(child: ChildProcessWithoutNullStreams, command: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(new Error(`cannot start ${command}: ${cause.message}`, { cause })));
  });
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // ESRCH: the whole group has gone, which is no failure.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function unrefAll(child: ChildProcessWithoutNullStreams): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    // Pipes are sockets underneath, which the types of node:child_process do not tell.
    (stream as unknown as { unref(): void }).unref();
  }
}
