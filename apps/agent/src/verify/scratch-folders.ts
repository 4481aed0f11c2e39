import { mkdtempSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { removeTree } from '@velocity/artifact';
import { isErrno } from '@velocity/core';
import { removeDeadScratchFolders, scratchOwner } from './dead-scratch-folders.js';

export interface ScratchFolders extends AsyncDisposable {
  readonly first: string;
  readonly second: string;
}

/**
 * Two empty folders for copies of a workspace, as absolute paths without links; their names differ in length, so that what depends on a
 * path shows. They lie beside the workspace, where everything that is looked up in folders above and every relative path out of it
 * leads to the same, and where a file system can share blocks; in the system's temporary folder where nothing can be made there, or
 * where that is another device. Disposing removes them with all that is in them; what processes that were killed have left in either place
 * goes first, so that its room is free.
 */
export async function makeScratchFolders(options: {
  readonly root: string;
  readonly tempDirectory: string;
  readonly processId: number;
  /** Told of a folder that could not be removed. */
  readonly onLeftBehind: (path: string, problem: unknown) => void;
}): Promise<ScratchFolders> {
  const root = realpathSync(options.root);
  await removeDeadScratchFolders([dirname(root), options.tempDirectory], options.onLeftBehind);
  const owner = scratchOwner(options.processId);
  const first = makeFolder(root, `velocity-verify-a-${owner}`, options.tempDirectory);
  const second = makeFolder(root, `velocity-verify-other-${owner}`, options.tempDirectory);
  return {
    first,
    second,
    async [Symbol.asyncDispose]() {
      for (const path of [first, second]) {
        await removeTree(path).catch((problem: unknown) => options.onLeftBehind(path, problem));
      }
    },
  };
}

function makeFolder(root: string, prefix: string, tempDirectory: string): string {
  const beside = dirname(root);
  if (beside !== root && statSync(beside).dev === statSync(root).dev) {
    try {
      return mkdtempSync(join(beside, prefix));
    } catch (error) {
      if (!isErrno(error, 'EACCES', 'EPERM', 'EROFS')) throw error;
    }
  }
  return mkdtempSync(join(realpathSync(tempDirectory), prefix));
}
