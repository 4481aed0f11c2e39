// @ts-check
import { readFileSync, writeFileSync } from 'node:fs';

const BEGIN = '<!-- conformance: written by `npm run conformance -- --all --write` -->';
const END = '<!-- end of conformance -->';

/** Puts the tables between the marks in the READMEs. @param {{ short: string, full: string }} tables */
export function writeTables({ short, full }) {
  put(new URL('../../README.md', import.meta.url), short);
  put(new URL('../README.md', import.meta.url), full);
}

/** @param {URL} file @param {string} table */
function put(file, table) {
  const text = readFileSync(file, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${file.pathname} has no place for the table`);
  writeFileSync(file, `${before}${BEGIN}\n\n${table}\n\n${END}${after}`);
}
