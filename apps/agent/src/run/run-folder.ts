import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage, isErrno } from '@velocity/core';
import type { AgentContext } from '../agent-context.js';
import { ownPath } from '../workspace/own-folder.js';

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
    for (const name of readdirSync(parent)) {
      if (name !== String(processId) && /^\d+$/.test(name) && !isAlive(Number(name))) remove(join(parent, name));
    }
    return { path, problem: undefined, [Symbol.dispose]: () => remove(path) };
  } catch (error) {
    const elsewhere = mkdtempSync(join(tempDirectory, 'velocity-run-'));
    return { path: elsewhere, problem: errorMessage(error), [Symbol.dispose]: () => remove(elsewhere) };
  }
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 2 });
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
