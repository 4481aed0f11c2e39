import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage, isErrno } from '@velocity/core';
import type { AgentContext } from '../agent-context.js';
import { ownPath } from '../workspace/own-folder.js';
import { isDiskFailure } from './disk-failure.js';
import { LOCK_FOLDER, removeDeadLocks } from './take-lock.js';

export interface RunFolder extends Disposable {
  readonly path: string;
  /** Why it is not below the workspace: nothing can be moved into place from another device then. */
  readonly problem: string | undefined;
}

/**
 * The folder in which a run keeps what it is working on, on the workspace's device, so that results can be moved into place; one of the
 * system's where the workspace cannot be written. What runs that were killed have left behind goes.
 */
export function openRunFolder(
  root: string,
  { processId, tempDirectory }: Pick<AgentContext, 'processId' | 'tempDirectory'>,
): RunFolder {
  const parent = ownPath(root, 'tmp');
  const path = join(parent, String(processId));
  try {
    mkdirSync(path, { recursive: true });
    removeLeftovers(root, processId);
    return { path, problem: undefined, [Symbol.dispose]: () => remove(path) };
  } catch (error) {
    const elsewhere = mkdtempSync(join(tempDirectory, 'velocity-run-'));
    return { path: elsewhere, problem: errorMessage(error), [Symbol.dispose]: () => remove(elsewhere) };
  }
}

/** The folders of runs that have died, and before them what those were writing beside the files that it was to become. */
function removeLeftovers(root: string, processId: number): void {
  const parent = ownPath(root, 'tmp');
  const dead = readdirSync(parent).filter(
    (name) => name !== String(processId) && /^\d+$/.test(name) && !isAlive(Number(name)),
  );
  for (const folder of dead.length === 0 ? [] : [ownPath(root), ownPath(root, 'tasks'), ownPath(root, 'snapshots')]) {
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const maker = /\.(\d+)\.tmp$/.exec(name)?.[1];
      if (maker !== undefined && dead.includes(maker)) remove(join(folder, name));
    }
  }
  if (dead.length > 0) removeDeadLocks(ownPath(root, LOCK_FOLDER), processId);
  for (const name of dead) remove(join(parent, name));
}

/** What cannot be removed is no failure: the next run tries again. */
function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 2 });
  } catch (error) {
    if (!isDiskFailure(error)) throw error;
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return !isErrno(error, 'ESRCH');
  }
}
