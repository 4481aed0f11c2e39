import { chmodSync, lstatSync, readdirSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from '@velocity/core';

/** Renames; a folder that is read-only too, which POSIX refuses because its `..` changes. */
export function moveEntry(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!isErrno(error, 'EACCES', 'EPERM')) throw error;
    const stats = lstatSync(from);
    if (!stats.isDirectory() || (stats.mode & 0o200) !== 0) throw error;
    chmodSync(from, stats.mode | 0o700);
    let place = from;
    try {
      renameSync(from, to);
      place = to;
    } finally {
      chmodSync(place, stats.mode);
    }
  }
}

/** Deletes a file or a whole folder, with read-only folders in it; nothing there is fine. Links are not followed. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    if (!isErrno(error, 'EACCES', 'EPERM')) throw error;
    makeWritable(path);
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

function makeWritable(folder: string): void {
  if (!lstatSync(folder).isDirectory()) return;
  chmodSync(folder, 0o700);
  for (const child of readdirSync(folder, { withFileTypes: true })) {
    if (child.isDirectory()) makeWritable(join(folder, child.name));
  }
}
