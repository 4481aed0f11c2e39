import type { Stats } from 'node:fs';
import { link, lstat, mkdir, mkdtemp, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from '@velocity/core';
import type { Leftovers, OperationOptions } from '../driver.js';
import { NO_HARD_LINKS } from './fs-errors.js';
import type { FsLayout } from './fs-layout.js';

/** A folder of this process's own below the store's `tmp/`; the system makes its name unique, a counter those inside. */
export class TempSpace {
  readonly #parent: string;
  readonly #own: string;
  #count = 0;

  static async open(parent: string): Promise<TempSpace> {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    return new TempSpace(parent, await mkdtemp(join(parent, 'w-')));
  }

  private constructor(parent: string, own: string) {
    this.#parent = parent;
    this.#own = own;
  }

  /** A path that nothing else uses. */
  nextPath(): string {
    this.#count += 1;
    return join(this.#own, String(this.#count));
  }

  /**
   * Runs what makes something in this process's folder, and once more after making the folder again: another process may have swept it,
   * since an idle writer's folder looks abandoned. The store itself is not made again: it may be a disk that is no longer mounted.
   */
  async inside<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
    }
    try {
      await mkdir(this.#own, { mode: 0o700 });
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
    }
    return body();
  }

  /** Whether link(2) works here, by trying it. */
  async findLayout(): Promise<FsLayout> {
    const [from, to] = [this.nextPath(), this.nextPath()];
    try {
      await writeFile(from, '', { mode: 0o600 });
      await link(from, to);
      return 'link';
    } catch (error) {
      if (isErrno(error, ...NO_HARD_LINKS)) return 'directory';
      throw error;
    } finally {
      await Promise.all([rm(from, { force: true }), rm(to, { force: true })]);
    }
  }

  /** What any process left here and has not written to since `beforeMs`. */
  findLeftovers(beforeMs: number, { signal }: OperationOptions = {}): Promise<Leftovers> {
    return this.#eachLeftover(beforeMs, () => signal?.throwIfAborted());
  }

  /** Removes what any process left here and has not written to since `beforeMs`. */
  async removeLeftovers(beforeMs: number, { signal }: OperationOptions = {}): Promise<Leftovers> {
    const folders = await this.#folders();
    const removed = await this.#eachLeftover(beforeMs, async (path) => {
      signal?.throwIfAborted();
      await rm(path, { recursive: true, force: true });
    });
    // As they were before: taking something out of a folder makes it a new one.
    for (const { path, stats } of folders) {
      if (path !== this.#own && stats.mtimeMs < beforeMs) await removeIfEmpty(path);
    }
    return removed;
  }

  /** What cannot be removed is left to the sweep: whatever was stored is stored. */
  async dispose(): Promise<void> {
    await rm(this.#own, { recursive: true, force: true }).catch(() => undefined);
  }

  async #eachLeftover(beforeMs: number, visit: (path: string) => Promise<void> | void): Promise<Leftovers> {
    let [count, bytes] = [0, 0];
    for (const folder of await this.#folders()) {
      for (const entry of folder.stats.isDirectory() ? await namesIn(folder.path) : []) {
        const path = join(folder.path, entry);
        const size = await abandonedSize(path, beforeMs);
        if (size === undefined) continue;
        await visit(path);
        count += 1;
        bytes += size;
      }
    }
    return { count, bytes };
  }

  async #folders(): Promise<{ readonly path: string; readonly stats: Stats }[]> {
    const folders: { readonly path: string; readonly stats: Stats }[] = [];
    for (const name of await namesIn(this.#parent)) {
      const path = join(this.#parent, name);
      const stats = await statIfThere(path);
      if (stats !== undefined) folders.push({ path, stats });
    }
    return folders;
  }
}

/** Removes a folder unless something is in it; true when it is gone. */
export async function removeIfEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    // EEXIST is how some systems say ENOTEMPTY; the others mean that someone else was faster or that it is in use.
    if (isErrno(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT', 'EBUSY', 'EPERM', 'ENOTDIR')) return false;
    throw error;
  }
}

/** The size of what nobody has written to since then; undefined when it is newer or gone. A folder counts by the newest of its files. */
async function abandonedSize(path: string, beforeMs: number): Promise<number | undefined> {
  const stats = await statIfThere(path);
  if (stats === undefined || stats.mtimeMs >= beforeMs) return undefined;
  if (!stats.isDirectory()) return stats.size;
  let bytes = 0;
  for (const name of await namesIn(path)) {
    const inner = await statIfThere(join(path, name));
    if (inner !== undefined && inner.mtimeMs >= beforeMs) return undefined;
    bytes += inner?.size ?? 0;
  }
  return bytes;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

async function statIfThere(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
