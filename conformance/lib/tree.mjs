// @ts-check
/** @import { Files } from './types.d.ts' */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const SHOWN_BYTES = 120;

/**
 * A folder as one line for each thing in it: `file "text"`, `executable "text"`, `link target`, `folder`. Undefined when it is not there.
 * @param {string} folder
 * @returns {Record<string, string> | undefined}
 */
export function readTree(folder) {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (!stats.isDirectory()) return { '.': describe(folder) };
  /** @type {Record<string, string>} */
  const tree = {};
  for (const path of listTree(folder)) tree[path] = describe(join(folder, path));
  return tree;
}

/** Everything below a folder, links not followed, sorted, with `/`. @param {string} folder @returns {string[]} */
export function listTree(folder) {
  const found = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? [entry.name, ...listTree(join(folder, entry.name)).map((path) => `${entry.name}/${path}`)]
      : [entry.name],
  );
  return found.sort();
}

/** Regular files in a place that hold something; the place may be one, or not be there. @param {string} place @returns {string[]} */
export function filesIn(place) {
  const stats = lstatSync(place, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  const files = stats.isDirectory() ? listTree(place).map((path) => join(place, path)) : [place];
  return files.filter((file) => lstatSync(file).isFile() && lstatSync(file).size > 0);
}

/** @param {string} folder @param {Files} files */
export function writeTree(folder, files) {
  for (const [path, node] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    if (typeof node === 'string') writeFileSync(file, node);
    else if ('link' in node) symlinkSync(node.link, file);
    else if ('isFolder' in node) mkdirSync(file, { recursive: true });
    else {
      writeFileSync(file, node.content);
      if (node.isExecutable === true) chmodSync(file, 0o755);
    }
  }
}

/**
 * What differs, in a few words; undefined when nothing does.
 * @param {Record<string, string> | undefined} actual
 * @param {Record<string, string> | undefined} expected
 */
export function describeDifference(actual, expected) {
  if (actual === undefined || expected === undefined) {
    return actual === expected
      ? undefined
      : `the folder ${actual === undefined ? 'is missing' : 'should not be there'}`;
  }
  const paths = [...new Set([...Object.keys(actual), ...Object.keys(expected)])].sort();
  const differences = paths.flatMap((path) => {
    const [is, should] = [actual[path], expected[path]];
    if (is === should) return [];
    const name = JSON.stringify(path);
    if (is === undefined) return [`${name} is missing`];
    return [should === undefined ? `${name} should not be there` : `${name} is ${is}, not ${should}`];
  });
  if (differences.length === 0) return undefined;
  const more = differences.length > 3 ? ` and ${differences.length - 3} more` : '';
  return differences.slice(0, 3).join('; ') + more;
}

/** @param {string} file */
function describe(file) {
  const stats = lstatSync(file);
  if (stats.isSymbolicLink()) return `link ${readlinkSync(file)}`;
  if (stats.isDirectory()) return 'folder';
  if (stats.isFIFO()) return 'pipe';
  if (stats.isSocket()) return 'socket';
  if (!stats.isFile()) return 'device';
  const content = readFileSync(file);
  const short = content.length <= SHOWN_BYTES ? JSON.stringify(content.toString()) : digest(content);
  return `${(stats.mode & 0o100) === 0 ? 'file' : 'executable'} ${short}`;
}

/** @param {Buffer} content */
function digest(content) {
  return `${content.length} bytes ${createHash('sha256').update(content).digest('hex').slice(0, 12)}`;
}
