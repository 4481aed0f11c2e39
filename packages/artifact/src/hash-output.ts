import { createHash } from 'node:crypto';
import { closeSync, fstatSync, read, readSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Digest, RelativePath } from '@velocity/core';
import { changed, throwIfCancelled } from './artifact-error.js';
import type { FileEntry, ManifestEntry } from './manifest.js';
import { isExecutable, openOutput } from './open-output.js';
import { outputStat, type OutputStat } from './output-stats.js';

export interface HashedOutput {
  readonly entry: ManifestEntry;
  readonly stat: OutputStat;
}

/** Files above this are read in pieces. */
export const LARGE_FILE_BYTES = 1024 ** 2;

const READ_BYTES = 256 * 1024;

const readAsync = promisify(read);

/** In one read. @throws VelocityError `INTEGRITY` when it changes meanwhile */
export function hashSmallFile(root: string, path: RelativePath): HashedOutput {
  const { fd, stats } = openOutput(join(root, path), path);
  try {
    const data = Buffer.allocUnsafe(stats.size + 1);
    let size = 0;
    for (let count = -1; count !== 0 && size < data.byteLength; size += count) {
      count = readSync(fd, data, size, data.byteLength - size, null);
    }
    const digest = createHash('sha256').update(data.subarray(0, size)).digest('hex') as Digest;
    return finishFile(fd, path, stats, size, digest);
  } finally {
    closeSync(fd);
  }
}

/** In pieces: memory does not grow with the file. @throws VelocityError `INTEGRITY` when it changes meanwhile */
export async function hashLargeFile(
  root: string,
  path: RelativePath,
  signal: AbortSignal | undefined,
): Promise<HashedOutput> {
  const { fd, stats } = openOutput(join(root, path), path);
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    let size = 0;
    for (;;) {
      throwIfCancelled(signal);
      const { bytesRead } = await readAsync(fd, buffer, 0, READ_BYTES, null);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      size += bytesRead;
      // A file that grows as fast as it is read would never end.
      if (size > stats.size) break;
    }
    return finishFile(fd, path, stats, size, hash.digest('hex') as Digest);
  } finally {
    closeSync(fd);
  }
}

function finishFile(fd: number, path: RelativePath, before: Stats, size: number, digest: Digest): HashedOutput {
  const after = fstatSync(fd);
  if (size !== before.size || size !== after.size || before.mtimeMs !== after.mtimeMs || before.mode !== after.mode) {
    throw changed(path, 'changed while it was read');
  }
  const entry: FileEntry = { path, type: 'file', executable: isExecutable(after), size, digest };
  return { entry, stat: outputStat(path, after) };
}
