import { execFile } from 'node:child_process';
import { mkdirSync, renameSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isErrno, type RelativePath } from '@velocity/core';
import { selectOutputs, type Directory } from '@velocity/workspace';
import { isDiskFailure } from './disk-failure.js';
import { readGitIndex } from './git-index.js';

/** The files that git tracks below a folder; none where there is no git or no repository. Runs no hook and no monitor of the project's. */
export class TrackedFiles {
  readonly #root: string;
  #files: Promise<ReadonlySet<string>> | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  has(path: string): Promise<boolean> {
    this.#files ??= this.#find();
    return this.#files.then((files) => files.has(path));
  }

  #find(): Promise<ReadonlySet<string>> {
    const known = readGitIndex(this.#root);
    return known === undefined ? this.#ask() : Promise.resolve(known);
  }

  #ask(): Promise<ReadonlySet<string>> {
    const args = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', 'ls-files', '-z'];
    return new Promise((resolve) => {
      execFile('git', args, { cwd: this.#root, maxBuffer: 1024 * 1024 * 1024, windowsHide: true }, (error, stdout) => {
        resolve(new Set(error === null ? stdout.split('\0') : []));
      });
    });
  }
}

export interface RemoveOutputsOptions {
  readonly root: string;
  readonly directory: Directory;
  readonly globs: readonly string[];
  readonly tracked: TrackedFiles;
  /** Where things go before they are deleted: on the same device, not there yet. */
  readonly trashDir: string;
}

export interface RemovedOutputs {
  readonly paths: readonly RelativePath[];
  /** Resolves when what was moved aside is deleted, too; the task need not wait for that. */
  readonly deleted: Promise<void>;
}

/** So many are deleted in a millisecond or two: moving them aside first takes as long. */
const FEW_OUTPUTS = 256;

/**
 * Removes what a task's outputs hold, but no file that git tracks. Where there are many, moving them aside first keeps the time that the
 * tree is half there short, and deleting afterwards spares ext4 the search for inodes that were freed a moment ago.
 */
export async function removeOutputs(options: RemoveOutputsOptions): Promise<RemovedOutputs> {
  const { root, directory, globs, tracked, trashDir } = options;
  const paths: RelativePath[] = [];
  for (const path of selectOutputs({ root, directory, globs })) if (!(await tracked.has(path))) paths.push(path);
  const remove = paths.length <= FEW_OUTPUTS ? removeNow : moveAside;
  for (const [index, path] of paths.entries()) remove(join(root, path), join(trashDir, String(index)));
  removeEmptyFolders(root, directory, new Set(paths.map((path) => dirname(path))));
  // What cannot be deleted there goes with the folder that it is in.
  const deleted =
    remove === moveAside
      ? rm(trashDir, { recursive: true, force: true, maxRetries: 2 }).catch(() => undefined)
      : Promise.resolve();
  return { paths, deleted };
}

function removeNow(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    // A folder that is empty, or what is gone already.
    if (!isDiskFailure(error)) throw error;
    rmSync(path, { recursive: true, force: true });
  }
}

/** Where it cannot be moved, because the disk is full or another device, it is deleted at once. */
function moveAside(from: string, to: string): void {
  try {
    moveInto(from, to);
  } catch (error) {
    if (!isDiskFailure(error)) throw error;
    rmSync(from, { recursive: true, force: true });
  }
}

function moveInto(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    mkdirSync(dirname(to), { recursive: true });
    renameSync(from, to);
  }
}

/** Folders that hold nothing any more go too, up to the package's own. */
function removeEmptyFolders(root: string, directory: string, folders: Iterable<string>): void {
  const deepestFirst = [...folders].sort((a, b) => b.length - a.length);
  for (const folder of deepestFirst) {
    for (let path = folder; path !== directory && path !== '.' && path !== ''; path = dirname(path)) {
      try {
        rmdirSync(join(root, path));
      } catch {
        // Not empty, or gone already: it stays as it is, and so do those above.
        break;
      }
    }
  }
}
