import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { isErrno, VelocityError } from '@velocity/core';

/** Where a configured dotenv file lies, relative to the workspace. */
export function dotenvPath(directory: string, file: string): string {
  if (file.startsWith('$ROOT/')) return file.slice('$ROOT/'.length);
  return directory === '' ? file : `${directory}/${file}`;
}

/** The variables of some files in Node's dotenv syntax; the first file that sets a name wins, files that do not exist set none. */
export function readDotenv(root: string, paths: readonly string[]): Record<string, string> {
  const result: Record<string, string> = {};
  for (const path of paths) {
    const text = readIfExists(join(root, path), path);
    for (const [name, value] of Object.entries(parseEnv(text))) {
      if (value !== undefined && !Object.hasOwn(result, name)) result[name] = value;
    }
  }
  return result;
}

function readIfExists(absolute: string, path: string): string {
  try {
    return readFileSync(absolute, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return '';
    throw new VelocityError('INPUT_UNREADABLE', `cannot read ${path}`, { cause: error });
  }
}
