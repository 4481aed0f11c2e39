import type { RelativePath } from '@velocity/core';
import type { Directory } from '../documents/workspace-path.js';
import { IgnoreCache } from './ignore-cache.js';
import { IGNORED, levelOfFile, walk } from './walk.js';

export interface ListFilesOptions {
  /** The workspace, as an absolute path. */
  readonly root: string;
  /** The folder to list, relative to the workspace. */
  readonly directory: Directory;
  /** Folders not to enter, relative to the workspace: those of other packages. `directory` itself may be among them. */
  readonly exclude?: Iterable<string>;
  /** Shares what was read of .gitignore files between calls. */
  readonly ignoreCache?: IgnoreCache;
  /**
   * Told of each file, and each folder, that would be selected but for its name, which is not valid UTF-8: no path leads to it.
   * In `path` U+FFFD stands for what cannot be read. Without it such a name is an error.
   */
  readonly onInvalidName?: (path: RelativePath) => void;
}

/**
 * Every file and symbolic link of a folder that git does not ignore, relative to the workspace and sorted by code unit;
 * never what is in `.git`, `node_modules` or `.velocity`. The .gitignore files count from the workspace down, and so does
 * its .git/info/exclude; that git tracks a file in spite of them is not known here. In a folder that is ignored itself
 * nothing counts as ignored. An absent folder has no files.
 *
 * @throws VelocityError `INPUT_UNREADABLE`
 */
export function listFiles(options: ListFilesOptions): readonly RelativePath[] {
  const { root, directory, exclude = [], ignoreCache = new IgnoreCache(root), onInvalidName } = options;
  const files: RelativePath[] = [];
  walk(
    {
      root,
      exclude: new Set(exclude),
      shouldEnter: (child) => child.ignored === IGNORED.no && !child.isExcluded,
      onFile: (path, parent) => {
        if (levelOfFile(path, parent) === IGNORED.no) files.push(path);
      },
      onInvalidName:
        onInvalidName &&
        ((path, parent, kind) => {
          if (kind === 'directory' || levelOfFile(path, parent) === IGNORED.no) onInvalidName(path);
        }),
    },
    { ...ignoreCache.directory(directory), ignored: IGNORED.no },
  );
  return files.sort();
}
