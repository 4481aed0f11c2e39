import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage, isErrno, VelocityError } from '@velocity/core';
import { parse as parseTomlText } from 'smol-toml';
import { parseJsonc } from './parse-jsonc.js';

export type Table = Readonly<Record<string, unknown>>;

/** The text of a file below the root; `undefined` where there is none. */
export function readText(root: string, path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined;
    throw new VelocityError('CONFIG_INVALID', `${path} cannot be read`, { cause: error });
  }
}

/** The object in a JSON file, comments and trailing commas allowed. @throws VelocityError `CONFIG_INVALID` */
export function readJson(root: string, path: string): Table | undefined {
  return readTable(root, path, parseJsonc);
}

/** @throws VelocityError `CONFIG_INVALID` */
export function readToml(root: string, path: string): Table | undefined {
  return readTable(root, path, parseTomlText);
}

function readTable(root: string, path: string, parse: (text: string) => unknown): Table | undefined {
  const text = readText(root, path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    const reason = errorMessage(error).split('\n')[0] ?? '';
    throw new VelocityError('CONFIG_INVALID', `${path}: ${reason}`, { hint: 'mend the file first', cause: error });
  }
  if (isTable(value)) return value;
  throw new VelocityError('CONFIG_INVALID', `${path}: expected settings`, { hint: 'mend the file first' });
}

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The table under `key`, and an empty one where there is nothing like it. */
export function tableAt(table: Table, ...path: readonly string[]): Table {
  let found: unknown = table;
  for (const key of path) found = isTable(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  return isTable(found) ? found : {};
}

/** The strings of a list; of one string, itself. */
export function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
