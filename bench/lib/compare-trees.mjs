// @ts-check
import { closeSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

const CHUNK_BYTES = 1 << 20;

/**
 * Says the first thing in which a folder differs from what it should be: a file that is missing, too many, of another kind or
 * with other content. Undefined when the two are the same.
 * @param {string} expected
 * @param {string} actual
 * @returns {string | undefined}
 */
export function firstDifference(expected, actual) {
  const stats = lstatSync(actual, { throwIfNoEntry: false });
  const wanted = lstatSync(expected);
  if (stats === undefined) return `${actual} is missing`;
  if (wanted.isDirectory()) return stats.isDirectory() ? compareFolders(expected, actual) : `${actual} is no folder`;
  if (!stats.isFile()) return `${actual} is no file`;
  return stats.size === wanted.size && haveSameContent(expected, actual) ? undefined : `${actual} has other content`;
}

/** @param {string} expected @param {string} actual */
function compareFolders(expected, actual) {
  const names = readdirSync(expected);
  const stray = readdirSync(actual).find((name) => !names.includes(name));
  if (stray !== undefined) return `${join(actual, stray)} should not be there`;
  for (const name of names) {
    const difference = firstDifference(join(expected, name), join(actual, name));
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** Of files of the same size. @param {string} left @param {string} right */
function haveSameContent(left, right) {
  const descriptors = [openSync(left, 'r'), openSync(right, 'r')];
  const buffers = descriptors.map(() => Buffer.allocUnsafe(CHUNK_BYTES));
  try {
    for (;;) {
      const [leftPart, rightPart] = descriptors.map((descriptor, index) => {
        const buffer = buffers[index] ?? Buffer.alloc(0);
        return buffer.subarray(0, readSync(descriptor, buffer));
      });
      if (leftPart === undefined || rightPart === undefined || !leftPart.equals(rightPart)) return false;
      if (leftPart.length === 0) return true;
    }
  } finally {
    descriptors.forEach(closeSync);
  }
}
