import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempDir } from '@velocity/testing';
import type { Call, Rig } from '../rig.js';

export interface Fault {
  readonly syscall: string;
  readonly effect: 'error=EIO' | 'error=ENOSPC' | 'signal=KILL';
  /** As strace counts, in each thread by itself: `3` is the third call, `3+` that and all after it. */
  readonly when: string;
}

/** A system call of the agent's own, and what it was for. */
export interface SeenCall {
  readonly syscall: string;
  readonly thread: string;
  /** The how manyth of its kind in its thread, from 1. */
  readonly ordinal: number;
  readonly path: string;
  readonly isInjected: boolean;
}

const ATTACH = fileURLToPath(new URL('attach-strace.mjs', import.meta.url));
const DEADLINE_MS = 15_000;

/** Whether strace is there and may look at its parent, which takes root where Yama is in force. */
export function canInject(): boolean {
  using dir = tempDir();
  const env = straceEnvironment(dir.join('log'), ['-e', 'trace=unlink', '-e', 'inject=unlink:error=EIO']);
  const script = `require('node:fs').unlinkSync(${JSON.stringify(dir.join('absent'))})`;
  const { stderr } = spawnSync(process.execPath, ['-e', script], { env, encoding: 'utf8', timeout: 10_000 });
  return stderr.includes('EIO');
}

/** Runs the agent while strace looks at its system calls: at some without touching them, or at those of which one is to fail. A run that does not end is an error in place of a call. */
export async function runTraced(
  rig: Rig,
  args: readonly string[],
  what: { readonly syscalls: readonly string[] } | Fault,
): Promise<{ readonly call: Call | Error; readonly seen: readonly SeenCall[] }> {
  const log = join(rig.home, 'strace.log');
  rmSync(log, { force: true });
  const filter =
    'effect' in what
      ? ['-e', `trace=${what.syscall}`, '-e', `inject=${what.syscall}:${what.effect}:when=${what.when}`]
      : ['-e', `trace=${what.syscalls.join(',')}`];
  const env = straceEnvironment(log, filter);
  const call = await rig.velocity(args, { env, timeoutMs: DEADLINE_MS }).catch((error: Error) => error);
  return { call, seen: existsSync(log) ? parseLog(readFileSync(log, 'utf8')) : [] };
}

function straceEnvironment(log: string, filter: readonly string[]): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    NODE_OPTIONS: `--import=${ATTACH}`,
    STRACE_ARGS: JSON.stringify(['-y', '-qq', '-o', log, ...filter]),
    // Work that goes through a ring is seen by no system call.
    UV_USE_IO_URING: '0',
  };
}

/** One call a line, but for those during which another thread made one: they end in a second line. */
function parseLog(log: string): SeenCall[] {
  const seen: SeenCall[] = [];
  const open = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const line of log.split('\n')) {
    const [, thread = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
    const whole = resumed === null ? text : `${open.get(thread) ?? ''}${resumed[1] ?? ''}`;
    open.delete(thread);
    if (whole.endsWith(' <unfinished ...>')) open.set(thread, whole.slice(0, -' <unfinished ...>'.length));
    else {
      const syscall = /^(\w+)\(/.exec(whole)?.[1];
      if (syscall === undefined) continue;
      const ordinal = (counts.get(`${thread} ${syscall}`) ?? 0) + 1;
      counts.set(`${thread} ${syscall}`, ordinal);
      seen.push({ syscall, thread, ordinal, path: pathOf(whole), isInjected: whole.includes('(INJECTED)') });
    }
  }
  return seen;
}

/** What a descriptor stands for, or else the last name that is given: the one that is to come into being. */
function pathOf(call: string): string {
  return /^\w+\(\d+<([^>]*)>/.exec(call)?.[1] ?? [...call.matchAll(/"((?:[^"\\]|\\.)*)"/g)].at(-1)?.[1] ?? '';
}
