import { link, lstat, rename } from 'node:fs/promises';
import { isErrno, VelocityError } from '@velocity/core';
import { type FsLayout, splitPath } from './fs-layout.js';
import { makeDirectory, syncDirectory } from './sync-directory.js';

/** Each round loses to a sweep that took the empty folder away again; nobody loses this often by chance. */
const MAX_ROUNDS = 20;

/**
 * Gives a finished temporary file (or, in the `directory` layout, folder) its final name, unless that name is taken. Both link(2) and
 * rename(2) of a folder are atomic and never replace an object, between processes too: so exactly one writer gets `created`.
 */
export async function publishObject(
  temporary: string,
  final: string,
  { key, layout, durable }: { readonly key: string; readonly layout: FsLayout; readonly durable: boolean },
): Promise<'created' | 'exists'> {
  const { folder } = splitPath(final);
  const publish = layout === 'link' ? link : rename;
  for (let round = 1; ; round += 1) {
    try {
      await publish(temporary, final);
      if (durable) await syncDirectory(folder);
      return 'created';
    } catch (error) {
      if (isErrno(error, 'EEXIST', 'ENOTEMPTY') && (layout === 'directory' || (await isObject(final, key))))
        return 'exists';
      if (isErrno(error, 'ENOTDIR')) throw keyConflict(key, error);
      if (!isErrno(error, 'ENOENT', 'EEXIST') || round === MAX_ROUNDS) throw error;
    }
    await makeFolder(folder, key, durable);
  }
}

/** False where the object has been removed again meanwhile. */
async function isObject(final: string, key: string): Promise<boolean> {
  try {
    if ((await lstat(final)).isFile()) return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
  throw keyConflict(key, undefined);
}

async function makeFolder(folder: string, key: string, durable: boolean): Promise<void> {
  try {
    await makeDirectory(folder, durable);
  } catch (error) {
    if (isErrno(error, 'EEXIST', 'ENOTDIR')) throw keyConflict(key, error);
    // ENOENT: a sweep took a folder away between two steps of ours; the next round makes it again.
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

function keyConflict(key: string, cause: unknown): VelocityError {
  return new VelocityError(
    'DRIVER_KEY_INVALID',
    `${key}: another object's key is the start of this one, or the other way round`,
    {
      hint: 'on a file system no key may continue another one',
      cause,
    },
  );
}
