// @ts-check
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{ path: string, type: 'file', isExecutable: boolean, digest: string } | { path: string, type: 'link', target: string } | { path: string, type: 'folder' } | { path: string, type: 'other' }} Entry */
/** @typedef {Set<string>} Faults */

const IGNORED = new Set(['node_modules', 'dist', '.env']);

/** Everything in a folder and the folder itself, sorted; nothing when it is not there. @param {string} base @param {string} folder @param {Faults} faults @returns {Entry[]} */
export function scan(base, folder, faults) {
  const file = join(base, folder);
  const stats = faults.has('follow-links')
    ? statSync(file, { throwIfNoEntry: false })
    : lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (stats.isSymbolicLink()) return [{ path: folder, type: 'link', target: readlinkSync(file) }];
  if (!stats.isDirectory() && !stats.isFile()) return [{ path: folder, type: 'other' }];
  if (stats.isFile()) {
    return [
      { path: folder, type: 'file', isExecutable: (stats.mode & 0o100) !== 0, digest: digestOf(readFileSync(file)) },
    ];
  }
  const names = readdirSync(file)
    .filter((name) => !(folder === '.' && IGNORED.has(name)))
    .filter((name) => !faults.has('plain-names') || /^[\w.-]+$/.test(name))
    .sort();
  const below = names.flatMap((name) => scan(base, folder === '.' ? name : `${folder}/${name}`, faults));
  return [{ path: folder, type: 'folder' }, ...below];
}

/** @param {Uint8Array | string} content */
export function digestOf(content) {
  return createHash('sha256').update(content).digest('hex');
}
