// @ts-check
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** @param {string} file @param {unknown} value */
export function writeJson(file, value) {
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** The same for a file that must never be seen half-written. @param {string} file @param {unknown} value */
export function replaceJson(file, value) {
  const temporary = `${file}.new`;
  writeJson(temporary, value);
  renameSync(temporary, file);
}

/** @param {string} file @returns {unknown} */
export function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** @param {string} file @param {(value: Record<string, unknown>) => object} change */
export function editJson(file, change) {
  writeJson(file, change(/** @type {Record<string, unknown>} */ (readJson(file))));
}
