// @ts-check
/** @import { PlannedTask } from './plan.mjs' */
/** @import { Entry } from './scan.mjs' */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { digestOf, scan } from './scan.mjs';

/** @typedef {{ folder: string, entries: Entry[], log: import('./execute.mjs').Log }} StoredResult */

/** @param {PlannedTask} task @param {{ root: string, cache: string, faults: Set<string>, key: string, log: import('./execute.mjs').Log }} options */
export function save(task, { root, cache, faults, key, log }) {
  const final = join(cache, 'entries', key);
  const folder = faults.has('save-in-place') ? final : join(cache, `new-${process.pid}`);
  rmSync(folder, { recursive: true, force: true });
  const base = join(root, task.directory);
  const entries = task.outputs.flatMap((output) => scan(base, output, faults)).flatMap((entry) => spoil(entry, faults));
  const document = JSON.stringify({ entries, log });
  if (faults.has('save-in-place')) write(join(folder, 'entry.json'), sealed(document));
  for (const entry of entries) {
    if (entry.type !== 'file') continue;
    const to = join(folder, 'files', entry.path);
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(join(base, entry.path), to);
  }
  if (faults.has('save-in-place')) return;
  write(join(folder, 'entry.json'), sealed(document));
  mkdirSync(dirname(final), { recursive: true });
  rmSync(final, { recursive: true, force: true });
  renameSync(folder, final);
}

/** The stored result, undefined when there is none or it is not what was stored. @param {string} cache @param {string} key @param {Set<string>} faults @returns {StoredResult | undefined} */
export function load(cache, key, faults) {
  const folder = join(cache, 'entries', key);
  const text = existsSync(join(folder, 'entry.json')) ? readFileSync(join(folder, 'entry.json'), 'utf8') : '';
  const document = text.slice(text.indexOf('\n') + 1);
  if (text !== sealed(document)) return undefined;
  const { entries, log } = /** @type {StoredResult} */ (JSON.parse(document));
  const result = { folder: join(folder, 'files'), entries, log };
  const isTrusted = faults.has('no-verify') || faults.has('save-in-place');
  return isTrusted || entries.every((entry) => isIntact(result, entry)) ? result : undefined;
}

/** @param {StoredResult} result @param {Entry} entry */
function isIntact({ folder }, entry) {
  if (entry.type !== 'file') return true;
  const file = join(folder, entry.path);
  return existsSync(file) && digestOf(readFileSync(file)) === entry.digest;
}

/** @param {Entry} entry @param {Set<string>} faults @returns {Entry[]} */
function spoil(entry, faults) {
  if (faults.has('drop-modes') && entry.type === 'file') return [{ ...entry, isExecutable: false }];
  return faults.has('drop-empty-folders') && entry.type === 'folder' ? [] : [entry];
}

/** @param {string} document */
function sealed(document) {
  return `${digestOf(document)}\n${document}`;
}

/** @param {string} file @param {string} text */
function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
