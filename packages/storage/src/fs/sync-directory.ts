import { mkdir, open } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';
import { isErrno } from '@velocity/core';

/** Makes the names in a folder survive a power cut, where the platform can (Windows cannot open folders, and need not). */
export async function syncDirectory(path: string): Promise<void> {
  let handle;
  try {
    handle = await open(path, 'r');
    await handle.sync();
  } catch (error) {
    if (!isErrno(error, 'EPERM', 'EISDIR', 'EINVAL', 'ENOTSUP')) throw error;
  } finally {
    await handle?.close();
  }
}

/** Creates `path` and what is missing above it; with `isDurable` the new names are on disk before this returns. */
export async function makeDirectory(path: string, isDurable: boolean): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined || !isDurable) return;
  const top = dirname(first);
  let folder = top;
  await syncDirectory(folder);
  for (const name of relative(top, dirname(path)).split(sep).filter(Boolean)) {
    folder = `${folder}${sep}${name}`;
    await syncDirectory(folder);
  }
}
