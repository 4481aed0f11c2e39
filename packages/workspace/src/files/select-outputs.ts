import type { RelativePath } from '@velocity/core';
import type { Directory } from '../documents/workspace-path.js';
import { parseGlobs } from './glob.js';
import { walkGlobs } from './glob-walk.js';
import { IGNORED } from './walk.js';

export interface SelectOutputsOptions {
  /** The workspace, as an absolute path. */
  readonly root: string;
  /** The folder that the globs are relative to. */
  readonly directory: Directory;
  /** In order. */
  readonly globs: readonly string[];
  /** Folders not to enter unless a glob names them, relative to the workspace: those of other packages. */
  readonly exclude?: Iterable<string>;
}

/**
 * What stands at a task's output globs: files, symbolic links and empty folders, and what cannot be stored (sockets, pipes,
 * devices), so that it is noticed; relative to the workspace and sorted by
 * code unit. The globs read as in {@link matchGlobs}, but .gitignore files do not matter, nothing is missing, and nothing
 * behind a symbolic link is selected. A glob that begins with a wildcard does not enter `.git`, `node_modules` or `.velocity`.
 *
 * @throws VelocityError `PATH_INVALID` for a glob that is absolute or holds `..`; `INPUT_UNREADABLE`
 */
export function selectOutputs({ root, directory, globs, exclude = [] }: SelectOutputsOptions): readonly RelativePath[] {
  const excluded = new Set(exclude);
  excluded.delete(directory);
  const { files, emptyDirectories } = walkGlobs({
    root,
    globs: parseGlobs(globs, directory),
    exclude: excluded,
    throughLinks: false,
    withSpecial: true,
    reachOf: ({ base, isFromRoot }) => ({
      ignored: base === directory || base === '' ? IGNORED.byGit : IGNORED.always,
      excluded: isFromRoot || base !== directory,
    }),
    stateOf: (path) => ({ directory: path, ignored: IGNORED.no, isExcluded: false, rules: undefined }),
  });
  return [...files, ...emptyDirectories].sort();
}
