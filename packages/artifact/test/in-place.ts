import { lstatSync, mkdirSync, readFileSync, readlinkSync, realpathSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { digestOf, isErrno, type RelativePath } from '@velocity/core';
import { removeTree, swapOutputs, type ManifestEntry, type OutputStats } from '@velocity/artifact';
import { readTree } from '@velocity/testing';
import { opener, unpack, type Packed } from './support.js';

/** Whether the tree below `root` holds exactly this entry: what a caller knows from its own records, here by looking. */
export function isInPlace(root: string, entry: ManifestEntry): boolean {
  const absolute = join(root, entry.path);
  let stats: Stats;
  try {
    // What is reached through a link lies elsewhere.
    if (realpathSync(dirname(absolute)) !== dirname(absolute)) return false;
    stats = lstatSync(absolute);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return false;
    throw error;
  }
  if (entry.type === 'directory') return stats.isDirectory();
  if (entry.type === 'symlink') return stats.isSymbolicLink() && readlinkSync(absolute) === entry.target;
  if (!stats.isFile() || ((stats.mode & 0o100) !== 0) !== entry.executable) return false;
  return digestOf(readFileSync(absolute)) === entry.digest;
}

export interface Restored {
  /** Numbers of the blobs that were asked for. */
  readonly opened: readonly number[];
  /** What was in staging before the swap. */
  readonly staged: Readonly<Record<string, string>>;
  readonly stats: OutputStats;
  readonly log: Buffer;
}

/**
 * Puts right what is not as the artifact says. Everything below `dist` is owned.
 * @param meanwhile called when staging is full, before the swap
 */
export async function restoreInPlace(
  root: string,
  packed: Pick<Packed, 'description' | 'blobs'>,
  meanwhile: () => void = () => {},
): Promise<Restored> {
  const opened: number[] = [];
  const open = opener(packed.blobs);
  using unpacked = await unpack(packed, {
    isInPlace: (entry) => isInPlace(root, entry),
    openBlob: (index, options) => {
      opened.push(index);
      return open(index, options);
    },
  });
  const { staging, staged: artifact, dir } = unpacked;
  const staged = readTree(staging);
  const trashDir = dir.join('trash');
  mkdirSync(trashDir);
  meanwhile();
  const owned = Object.keys(readTree(root)).filter((path) => path.startsWith('dist')) as RelativePath[];
  const { manifest, staged: paths } = artifact;
  const { stats } = swapOutputs({ root, stagingDir: staging, manifest, trashDir, owned, staged: paths });
  const log = readFileSync(unpacked.logFile);
  await removeTree(trashDir);
  return { opened, staged, stats, log };
}
