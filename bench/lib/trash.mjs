// @ts-check
/** @import { Trash } from './types.d.ts' */
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

const LARGE_BYTES = 64 * 1024;

/**
 * Moves things away by rename, which costs the next run nothing. After a deletion the file system would search for free inodes
 * in the run that is timed: 5 s in place of 0.23 s for 5,000 files on ext4.
 * @param {string} folder made here; on the device of what is moved
 * @returns {Trash}
 */
export function openTrash(folder) {
  mkdirSync(folder, { recursive: true });
  let count = 0;
  /** @type {string[]} */
  let fullSized = [];
  return {
    moveAside(paths) {
      for (const path of paths.filter((candidate) => existsSync(candidate))) {
        count += 1;
        const target = join(folder, String(count));
        renameSync(path, target);
        fullSized.push(target);
      }
    },
    shrink() {
      fullSized.forEach(truncateLarge);
      fullSized = [];
    },
    empty() {
      for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
      fullSized = [];
    },
  };
}

/** @param {string} path */
function truncateLarge(path) {
  const stats = lstatSync(path);
  if (stats.isDirectory()) for (const name of readdirSync(path)) truncateLarge(join(path, name));
  else if (stats.isFile() && stats.size > LARGE_BYTES) truncateSync(path);
}
