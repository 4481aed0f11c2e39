import type { Directory } from '../documents/workspace-path.js';
import { parseGlobs, selects } from './glob.js';

/** Ordered globs, ready to be asked about paths. */
export interface CompiledGlobs {
  /** Whether the path, relative to the workspace, is selected. It need not exist; .gitignore files are not looked at. */
  matches(path: string): boolean;
}

/**
 * Compiles ordered globs that are written in `directory` (relative to the workspace): the last one that matches decides,
 * `!` takes away. A path without wildcards stands for itself and everything below.
 *
 * @throws VelocityError `PATH_INVALID` for a glob that is absolute or holds `..`
 */
export function compileGlobs(globs: readonly string[], options: { readonly directory: Directory }): CompiledGlobs {
  const parsed = parseGlobs(globs, options.directory);
  return { matches: (path) => selects(parsed, path) };
}
