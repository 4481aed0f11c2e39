import type { RelativePath } from '@velocity/core';
import { isWithin, type Directory } from '../documents/workspace-path.js';
import { DEFAULT_GLOB, parseGlobs, type Glob } from './glob.js';
import { walkGlobs, type Reach } from './glob-walk.js';
import { IgnoreCache } from './ignore-cache.js';
import type { ListFilesOptions } from './list-files.js';
import { IGNORED } from './walk.js';

export interface MatchGlobsOptions extends ListFilesOptions {
  /** In order, relative to `directory`. */
  readonly globs: readonly string[];
}

export interface GlobMatches {
  /** Files and symbolic links, relative to the workspace, sorted by code unit. */
  readonly files: readonly RelativePath[];
  /** Paths that the globs name literally and where nothing is, sorted likewise. */
  readonly missing: readonly RelativePath[];
}

/**
 * The input files that ordered globs select: the last one that matches decides, `!` takes away, and a list of nothing but
 * negative ones takes away from `$DEFAULT`, which stands for every file that git does not ignore (see {@link listFiles}).
 *
 * - `$ROOT/` in front makes a glob relative to the workspace; `*` and `**` match names that start with a dot.
 * - A path without wildcards stands for itself and everything below. Named like that, an ignored file is selected.
 * - A glob selects what git ignores only when the folder it starts with is ignored: `generated/**` does where `generated/`
 *   is, `**` does not. In the same way it enters `node_modules` or an excluded folder only when it names it.
 *
 * @throws VelocityError `PATH_INVALID` for a glob that is absolute or holds `..`; `INPUT_UNREADABLE`
 */
export function matchGlobs(options: MatchGlobsOptions): GlobMatches {
  const { root, directory, ignoreCache = new IgnoreCache(root) } = options;
  const isOnlyNegative = options.globs.length > 0 && options.globs.every((glob) => glob.startsWith('!'));
  const globs = parseGlobs(isOnlyNegative ? [DEFAULT_GLOB, ...options.globs] : options.globs, directory);
  const exclude = new Set(options.exclude);
  exclude.delete(directory);
  const { files, missing } = walkGlobs({
    root,
    globs,
    exclude,
    throughLinks: true,
    withSpecial: false,
    reachOf: (glob) => reachOf(glob, directory, exclude, ignoreCache),
    stateOf: (path) => ({ ...ignoreCache.directory(path), isExcluded: isExcludedBelow(path, directory, exclude) }),
    onInvalidName: options.onInvalidName,
  });
  return { files: [...files].sort(), missing: [...missing].sort() };
}

function reachOf(glob: Glob, directory: Directory, exclude: ReadonlySet<string>, ignoreCache: IgnoreCache): Reach {
  const ownLevel = ignoreCache.directory(glob.base).ignored;
  return {
    // A package inside of an ignored folder is no licence to enter its node_modules.
    ignored: glob.base === directory && ownLevel === IGNORED.always ? IGNORED.byGit : ownLevel,
    excluded: glob.isFromRoot || isExcludedBelow(glob.base, directory, exclude),
  };
}

/** Whether `path` is in one of the excluded folders that lie in `directory`. */
function isExcludedBelow(path: Directory, directory: Directory, exclude: ReadonlySet<string>): boolean {
  if (exclude.size === 0) return false;
  for (
    let at: string = path;
    at.length > directory.length && isWithin(at, directory);
    at = at.slice(0, Math.max(0, at.lastIndexOf('/')))
  ) {
    if (exclude.has(at)) return true;
  }
  return false;
}
