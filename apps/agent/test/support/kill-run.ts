import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isErrno } from '@velocity/core';
import type { ProcessResult, RunningProcess } from '@velocity/testing';

/** When to kill: so long after the start, or after the first moment at which something is to be seen. */
export interface KillMoment {
  readonly trace?: (running: RunningProcess) => boolean;
  readonly afterMs: number;
}

/** Whether {@link killAt} can tell which processes belong to a workspace. */
export const canKillWholeRuns = existsSync('/proc/self/cwd');

/** Kills a run and the commands that it has started, which have groups of their own; resolves once all of them are gone. */
export async function killAt(
  running: RunningProcess,
  root: string,
  { trace, afterMs }: KillMoment,
): Promise<ProcessResult> {
  if (trace !== undefined) await lookUntil(running.result, () => trace(running) || undefined);
  await Promise.race([delay(afterMs), running.result]);
  running.killGroup('SIGKILL');
  killProcessesIn(root);
  const result = await running.result;
  await endProcessesIn(root);
  return result;
}

/** Looks again and again until something is to be seen, or `end` has come. */
export async function lookUntil<T>(end: Promise<unknown>, look: () => T | undefined): Promise<T | undefined> {
  const state = { hasEnded: false };
  void end.finally(() => (state.hasEnded = true));
  for (;;) {
    const seen = look();
    if (seen !== undefined || state.hasEnded) return seen;
    await delay(1);
  }
}

/** Kills what a killed run has left running, and waits until it is gone. */
export async function endProcessesIn(root: string): Promise<void> {
  while (killProcessesIn(root)) await delay(1);
}

/** Kills every process whose current folder lies below `root`. @returns whether there was one */
function killProcessesIn(root: string): boolean {
  let hasKilled = false;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const folder = readlinkSync(`/proc/${name}/cwd`);
      if (folder !== root && !folder.startsWith(`${root}/`)) continue;
      process.kill(Number(name), 'SIGKILL');
      hasKilled = true;
    } catch {
      // It has ended meanwhile, or belongs to somebody else.
    }
  }
  return hasKilled;
}

/** Kills one run and the commands that it has started, and no other run of the same workspace. */
export function killWithCommands(pid: number): void {
  // Stopped, it starts no other command meanwhile.
  signal(pid, 'SIGSTOP');
  for (const child of childrenOf(pid)) signal(-child, 'SIGKILL');
  signal(pid, 'SIGKILL');
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    // It has ended.
    return [];
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}
