import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from '@velocity/core';

/**
 * The folder in which a run keeps what it is working on, on the workspace's device, so that results can be moved into place. What runs
 * that were killed have left behind goes.
 */
export function openRunFolder(root: string, processId: number): { readonly path: string } & Disposable {
  const parent = join(root, '.velocity', 'tmp');
  const path = join(parent, String(processId));
  mkdirSync(path, { recursive: true });
  for (const name of readdirSync(parent)) {
    if (name !== String(processId) && /^\d+$/.test(name) && !isAlive(Number(name))) remove(join(parent, name));
  }
  return { path, [Symbol.dispose]: () => remove(path) };
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
