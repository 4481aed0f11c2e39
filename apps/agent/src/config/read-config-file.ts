import { join } from 'node:path';
import { errorMessage } from '@velocity/core';
import { disk } from '@velocity/workspace';
import type { Diagnostic } from './types.js';

export const CONFIG_FILES = ['velocity.yml', 'velocity.yaml'] as const;

/** `file` is relative to the root, with `/`; `source` is without a byte order mark. */
export type ReadConfigResult =
  | { readonly status: 'read'; readonly file: string; readonly name: string; readonly source: string }
  | { readonly status: 'absent' }
  | { readonly status: 'broken'; readonly diagnostics: readonly Diagnostic[] };

/** Reads the configuration file of a folder (`''` is the root itself). Never throws. */
export function readConfigFile(root: string, directory: string): ReadConfigResult {
  const folder = join(root, directory);
  const names = CONFIG_FILES.filter((name) => disk().kindOf(join(folder, name)) !== 'missing');
  const [name, second] = names;
  if (name === undefined) return { status: 'absent' };
  const file = directory === '' ? name : `${directory}/${name}`;
  if (second !== undefined) return broken(file, `${second} stands beside it`, `keep one of ${name} and ${second}`);
  try {
    // Without `fatal` a file in another encoding would be read with its letters replaced.
    const source = new TextDecoder('utf-8', { fatal: true }).decode(disk().readFile(join(folder, name)));
    return { status: 'read', file, name, source };
  } catch (error) {
    return broken(file, `cannot be read: ${errorMessage(error)}`);
  }
}

function broken(file: string, message: string, hint?: string): ReadConfigResult {
  const diagnostic = { file, line: 1, column: 1, message, ...(hint === undefined ? {} : { hint }) };
  return { status: 'broken', diagnostics: [diagnostic] };
}
