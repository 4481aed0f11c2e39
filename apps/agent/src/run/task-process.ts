import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { errorMessage, isErrno } from '@velocity/core';
import type { OutputStream } from './events.js';

export type ProcessCommand =
  | { readonly kind: 'shell'; readonly text: string; readonly args: readonly string[] }
  | { readonly kind: 'argv'; readonly argv: readonly string[] };

export interface ProcessOptions {
  readonly command: ProcessCommand;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onOutput: (stream: OutputStream, chunk: Buffer) => void;
  /** Told the id of its process, which is that of its group. */
  readonly onStart?: (processId: number) => void;
  readonly timeoutMs?: number | undefined;
  /** How long the tree may take to end after SIGTERM before SIGKILL. */
  readonly graceMs: number;
  /** Asks the tree to end, with the signal given as its reason (SIGTERM where it is none). */
  readonly signal: AbortSignal;
}

export type ProcessEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'not-started'; readonly message: string };

const GROUP_POLL_MS = 20;

/**
 * Runs a command in a process group of its own and waits until it has ended and its output is read. Ending it means the whole group:
 * the signal first, SIGKILL after the grace period.
 */
export async function runProcess(options: ProcessOptions): Promise<ProcessEnd> {
  let child: ChildProcess;
  try {
    child = start(options);
  } catch (error) {
    // Arguments that no program can be given: too long, or with a NUL in them.
    return { kind: 'not-started', message: errorMessage(error) };
  }
  if (child.pid !== undefined) options.onStart?.(child.pid);
  const end = await waitForEnd(child, options);
  if (end.wasTold) await endGroup(child, options.graceMs);
  return end.result;
}

function waitForEnd(
  child: ChildProcess,
  options: ProcessOptions,
): Promise<{ readonly result: ProcessEnd; readonly wasTold: boolean }> {
  return new Promise((resolve) => {
    let hasTimedOut = false;
    let killTimer: NodeJS.Timeout | undefined;
    const end = (signal: NodeJS.Signals): void => {
      killGroup(child, signal);
      killTimer ??= setTimeout(() => killGroup(child, 'SIGKILL'), options.graceMs);
    };
    const abort = (): void => end(options.signal.reason === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            hasTimedOut = true;
            end('SIGTERM');
          }, options.timeoutMs);
    const settle = (result: ProcessEnd): void => {
      clearTimeout(timer);
      clearTimeout(killTimer);
      options.signal.removeEventListener('abort', abort);
      resolve({ result, wasTold: killTimer !== undefined });
    };
    options.signal.addEventListener('abort', abort, { once: true });
    if (options.signal.aborted) abort();
    child.stdout?.on('data', (chunk: Buffer) => options.onOutput('stdout', chunk));
    child.stderr?.on('data', (chunk: Buffer) => options.onOutput('stderr', chunk));
    child.once('error', (error) => settle({ kind: 'not-started', message: startProblem(error, options) }));
    child.once('exit', () => {
      // Shells start what is to run in the background with SIGINT ignored.
      if (killTimer !== undefined && options.signal.reason === 'SIGINT') killGroup(child, 'SIGTERM');
      endLeftovers(child, options.graceMs);
    });
    child.once('close', (code, signal) => {
      if (hasTimedOut) settle({ kind: 'timed-out' });
      else if (signal !== null) settle({ kind: 'killed', signal });
      else settle({ kind: 'exited', code: code ?? 1 });
    });
  });
}

function start({ command, cwd, env }: ProcessOptions): ChildProcess {
  const common = {
    cwd,
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  };
  const isPosix = process.platform !== 'win32';
  if (command.kind === 'argv') {
    const [program = '', ...args] = command.argv;
    return spawn(program, args, { ...common, detached: isPosix });
  }
  if (isPosix) {
    // The arguments become "$@": the shell never parses them.
    const script = command.args.length === 0 ? command.text : `${command.text} "$@"`;
    return spawn('/bin/sh', ['-c', script, 'velocity', ...command.args], { ...common, detached: true });
  }
  const script = [command.text, ...command.args.map(quoteForCmd)].join(' ');
  const shell = env['ComSpec'] ?? 'cmd.exe';
  return spawn(shell, ['/d', '/s', '/c', `"${script}"`], { ...common, windowsVerbatimArguments: true });
}

/** A shell that has ended may have left children behind that hold its output open; they get the grace period, no more. */
function endLeftovers(child: ChildProcess, graceMs: number): void {
  const timer = setTimeout(() => {
    killGroup(child, 'SIGKILL');
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, graceMs);
  child.once('close', () => clearTimeout(timer));
}

/** The command itself has ended; what it started may still be at it, with its output elsewhere. */
async function endGroup(child: ChildProcess, graceMs: number): Promise<void> {
  for (let waitedMs = 0; isGroupAlive(child); waitedMs += GROUP_POLL_MS) {
    if (waitedMs >= graceMs) return killGroup(child, 'SIGKILL');
    await delay(GROUP_POLL_MS);
  }
}

function isGroupAlive({ pid }: ChildProcess): boolean {
  if (pid === undefined || process.platform === 'win32') return false;
  try {
    process.kill(-pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true }).on(
      'error',
      () => undefined,
    );
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // The group has ended by itself.
    if (!isErrno(error, 'ESRCH', 'EPERM')) throw error;
  }
}

function startProblem(error: Error, { command, cwd }: ProcessOptions): string {
  const program = command.kind === 'argv' ? (command.argv[0] ?? '') : 'the shell';
  if (isErrno(error, 'ENOENT')) return `cannot start ${program}: not found (in ${cwd})`;
  if (isErrno(error, 'EACCES')) return `cannot start ${program}: not executable`;
  return `cannot start ${program}: ${error.message}`;
}

/** Quotes for CommandLineToArgvW inside cmd.exe: backslashes before quotes are doubled, cmd's own characters escaped. */
function quoteForCmd(argument: string): string {
  const quoted = `"${argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\*)$/, '$1$1')}"`;
  return quoted.replace(/[()%!^"<>&|]/g, '^$&');
}
