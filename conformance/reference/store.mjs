// @ts-check
/** @import { PlannedTask } from './plan.mjs' */
/** @import { Entry } from './scan.mjs' */
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { digestOf, scan } from './scan.mjs';

/** @typedef {{ key: string, entries: Entry[], log: import('./execute.mjs').Log }} Document */
/** @typedef {{ folder: string, entries: Entry[], log: import('./execute.mjs').Log }} StoredResult */

/** @param {PlannedTask} task @param {{ root: string, cache: string, faults: Set<string>, key: string, log: import('./execute.mjs').Log }} options @returns {string | undefined} why it is not stored */
export function save(task, options) {
  const { cache, faults, key } = options;
  const folder = faults.has('save-in-place') ? join(cache, 'entries', key) : join(cache, `new-${process.pid}`);
  try {
    return write(task, { ...options, folder });
  } catch (error) {
    if (faults.has('save-in-place') || /** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOSPC') throw error;
    rmSync(folder, { recursive: true, force: true });
    return 'the disk is full';
  }
}

/** @param {PlannedTask} task @param {{ root: string, cache: string, faults: Set<string>, key: string, log: import('./execute.mjs').Log, folder: string }} options @returns {string | undefined} */
function write(task, { root, cache, faults, key, log, folder }) {
  const final = join(cache, 'entries', key);
  rmSync(folder, { recursive: true, force: true });
  const base = join(root, task.directory);
  const list = () => task.outputs.flatMap((output) => scan(base, output, faults));
  const times = listTimes(base, list());
  const found = list();
  const odd = found.find(({ type }) => type === 'other');
  if (odd !== undefined && !faults.has('drop-others')) return `${odd.path} cannot be stored`;
  const entries = found.flatMap((entry) => spoil(entry, faults));
  const document = JSON.stringify({ key, entries, log });
  if (faults.has('save-in-place')) writeWhole(join(folder, 'entry.json'), sealed(document));
  for (const entry of entries) {
    if (entry.type !== 'file') continue;
    const to = join(folder, 'files', entry.path);
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(join(base, entry.path), to);
  }
  if (faults.has('save-in-place')) return undefined;
  const isSame = JSON.stringify(list()) === JSON.stringify(found);
  const isUntouched = faults.has('settled-digests') || listTimes(base, found) === times;
  if (!faults.has('unsettled-outputs') && !(isSame && isUntouched)) {
    rmSync(folder, { recursive: true, force: true });
    return 'its outputs still change';
  }
  writeWhole(join(folder, 'entry.json'), sealed(document));
  mkdirSync(dirname(final), { recursive: true });
  rmSync(final, { recursive: true, force: true });
  renameSync(folder, final);
  return undefined;
}

/** Changes whenever a file is written. @param {string} base @param {Entry[]} entries */
function listTimes(base, entries) {
  const files = entries.filter(({ type }) => type === 'file');
  return files.map(({ path }) => `${path} ${lstatSync(join(base, path), { bigint: true }).ctimeNs}`).join();
}

/** @param {string} cache @param {string} key @param {Set<string>} faults @returns {'absent' | 'sound' | 'corrupt'} */
export function entryState(cache, key, faults) {
  if (!existsSync(join(cache, 'entries', key))) return 'absent';
  return load(cache, key, faults) === undefined ? 'corrupt' : 'sound';
}

/** The stored result, undefined when there is none or it is not what was stored. @param {string} cache @param {string} key @param {Set<string>} faults @returns {StoredResult | undefined} */
export function load(cache, key, faults) {
  const folder = join(cache, 'entries', key);
  const text = existsSync(join(folder, 'entry.json')) ? readFileSync(join(folder, 'entry.json'), 'utf8') : '';
  const document = text.slice(text.indexOf('\n') + 1);
  if (text !== sealed(document)) return undefined;
  const { key: storedAs, entries, log } = /** @type {Document} */ (JSON.parse(document));
  const result = { folder: join(folder, 'files'), entries, log };
  const isTrusted = faults.has('no-verify') || faults.has('save-in-place');
  const isSound = storedAs === key && entries.every((entry) => isIntact(result, entry));
  return isTrusted || isSound ? result : undefined;
}

/** @param {StoredResult} result @param {Entry} entry */
function isIntact({ folder }, entry) {
  if (entry.type !== 'file') return true;
  const file = join(folder, entry.path);
  return existsSync(file) && digestOf(readFileSync(file)) === entry.digest;
}

/** @param {Entry} entry @param {Set<string>} faults @returns {Entry[]} */
function spoil(entry, faults) {
  if (entry.type === 'other') return [];
  if (faults.has('drop-modes') && entry.type === 'file') return [{ ...entry, isExecutable: false }];
  return faults.has('drop-empty-folders') && entry.type === 'folder' ? [] : [entry];
}

/** @param {string} document */
function sealed(document) {
  return `${digestOf(document)}\n${document}`;
}

/** @param {string} file @param {string} text */
function writeWhole(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
