import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { isErrno, VelocityError, type RelativePath } from '@velocity/core';
import { disk } from '@velocity/workspace';

/** The dotenv files of a task and what they say. */
export interface LoadedDotenv {
  /** Relative to the workspace, in the order in which they may set a variable: the first one wins. */
  readonly files: readonly RelativePath[];
  readonly values: Readonly<Record<string, string>>;
}

/** Where a file that is written relative to a package, or with `$ROOT/`, lies in the workspace. */
export function workspacePath(directory: string, file: string): RelativePath {
  if (file.startsWith('$ROOT/')) return file.slice('$ROOT/'.length) as RelativePath;
  return (directory === '' ? file : `${directory}/${file}`) as RelativePath;
}

/** The dotenv files that a part of the configuration names, relative to the workspace. */
export function dotenvFiles(directory: string, { dotenv }: { readonly dotenv: readonly string[] }): RelativePath[] {
  return dotenv.map((file) => workspacePath(directory, file));
}

/**
 * The variables of some files in Node's dotenv syntax; the first file that sets a name wins, files that do not exist set none.
 * @throws VelocityError `INPUT_UNREADABLE`
 */
export function loadDotenv(root: string, files: readonly RelativePath[]): LoadedDotenv {
  const values: Record<string, string> = {};
  for (const file of files) {
    for (const [name, value] of Object.entries(parseEnv(readIfExists(join(root, file), file)))) {
      if (value !== undefined && !Object.hasOwn(values, name)) values[name] = value;
    }
  }
  return { files, values };
}

/** Both together; what the first sets, it sets. */
export function mergeDotenv(first: LoadedDotenv, second: LoadedDotenv): LoadedDotenv {
  return { files: [...first.files, ...second.files], values: { ...second.values, ...first.values } };
}

/** Names of the variables in which two readings differ, sorted. */
export function changedVariables(before: LoadedDotenv, after: LoadedDotenv): readonly string[] {
  const names = new Set([...Object.keys(before.values), ...Object.keys(after.values)]);
  return [...names].filter((name) => before.values[name] !== after.values[name]).sort();
}

function readIfExists(absolute: string, path: string): string {
  try {
    return disk().readFile(absolute).toString('utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return '';
    throw new VelocityError('INPUT_UNREADABLE', `cannot read ${path}`, { cause: error });
  }
}
