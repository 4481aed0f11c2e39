import { isUtf8 } from 'node:buffer';
import { readdirSync, type Dirent } from 'node:fs';
import { isErrno, printablePath, VelocityError, type RelativePath } from '@velocity/core';
import { disk } from '../disk.js';
import { joinPath, type Directory } from '../documents/workspace-path.js';
import type { IgnoreRules } from './ignore-rules.js';

/** How firmly a path is left out: not at all, because git ignores it, or because nothing there is ever an input. */
export const IGNORED = { no: 0, byGit: 1, always: 2 } as const;
export type IgnoreLevel = (typeof IGNORED)[keyof typeof IGNORED];

const ALWAYS_IGNORED: ReadonlySet<string> = new Set(['.git', 'node_modules', '.velocity']);

/** A folder being walked, and what is known about it. */
export interface WalkedDirectory {
  readonly directory: Directory;
  readonly ignored: IgnoreLevel;
  /** The folder is one of the excluded ones, or below one. */
  readonly isExcluded: boolean;
  /** Rules for what stands in the folder; undefined when .gitignore files do not matter in it. */
  readonly rules: IgnoreRules | undefined;
}

export interface Walk {
  readonly root: string;
  /** Folders, relative to the root, that are marked as excluded. */
  readonly exclude: ReadonlySet<string>;
  readonly shouldEnter: (directory: WalkedDirectory) => boolean;
  readonly onFile: (path: RelativePath, parent: WalkedDirectory) => void;
  /** Sockets, pipes and devices; without it they do not count. */
  readonly onSpecial?: ((path: RelativePath, parent: WalkedDirectory) => void) | undefined;
  readonly onEmptyDirectory?: (directory: WalkedDirectory) => void;
  /** A file, or a folder to enter, whose name is not valid UTF-8 and so cannot be opened by it; without it that is an error. */
  readonly onInvalidName?:
    | ((path: RelativePath, parent: WalkedDirectory, kind: 'file' | 'directory') => void)
    | undefined;
}

/**
 * Calls back for every file and symbolic link from `start` down, in no particular order. Links are not followed. A folder that goes away meanwhile counts as absent. Iterative: no tree is too deep.
 *
 * @throws VelocityError `INPUT_UNREADABLE` for a folder that cannot be read, and for a name that is not valid UTF-8 where nobody asks for those
 */
export function walk(
  { root, exclude, shouldEnter, onFile, onSpecial, onEmptyDirectory, onInvalidName = refuseName }: Walk,
  start: WalkedDirectory,
): void {
  const stack: WalkedDirectory[] = [start];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const entries = readDirectory(root, next.directory);
    if (entries === undefined) continue;
    if (entries.length === 0) onEmptyDirectory?.(next);
    const parent = next === start ? next : withOwnRules(root, next, entries);
    const invalidNames = findInvalidNames(root, next.directory, entries);
    for (const entry of entries) {
      const path = joinPath(parent.directory, entry.name);
      const isInvalid = invalidNames.has(entry.name);
      if (entry.isDirectory()) {
        const child = childDirectory(parent, path, exclude);
        if (!shouldEnter(child)) continue;
        if (isInvalid) onInvalidName(path, parent, 'directory');
        else stack.push(child);
      } else if (entry.isFile() || entry.isSymbolicLink()) {
        if (isInvalid) onInvalidName(path, parent, 'file');
        else onFile(path, parent);
      } else {
        onSpecial?.(path, parent);
      }
    }
  }
}

/** The folder at `path`, which stands in `parent`; its own .gitignore is not read yet. */
export function childDirectory(
  parent: WalkedDirectory,
  path: RelativePath,
  exclude: ReadonlySet<string>,
): WalkedDirectory {
  const ignored = levelOf(parent, path, 'directory');
  return {
    directory: path,
    ignored,
    isExcluded: parent.isExcluded || exclude.has(path),
    rules: ignored === IGNORED.no ? parent.rules : undefined,
  };
}

/** Whether a file that stands in `parent` is left out. */
export function levelOfFile(path: string, parent: WalkedDirectory): IgnoreLevel {
  return levelOf(parent, path, 'file');
}

/** `.git` is a file in a linked work tree, and `node_modules` may be a link: the names count, not what they are. */
function levelOf(parent: WalkedDirectory, path: string, kind: 'file' | 'directory'): IgnoreLevel {
  if (ALWAYS_IGNORED.has(path.slice(path.lastIndexOf('/') + 1))) return IGNORED.always;
  if (parent.ignored !== IGNORED.no) return parent.ignored;
  return parent.rules?.isIgnored(path, kind) === true ? IGNORED.byGit : IGNORED.no;
}

function withOwnRules(root: string, directory: WalkedDirectory, entries: readonly Dirent[]): WalkedDirectory {
  if (directory.rules === undefined) return directory;
  const hasIgnoreFile = entries.some((entry) => entry.name === '.gitignore' && entry.isFile());
  const rules = directory.rules.enter(root, directory.directory, hasIgnoreFile);
  return rules === directory.rules ? directory : { ...directory, rules };
}

function readDirectory(root: string, directory: Directory): Dirent[] | undefined {
  try {
    return disk().readDirectory(directory === '' ? root : `${root}/${directory}`);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    const name = directory === '' ? '.' : printablePath(directory);
    throw new VelocityError('INPUT_UNREADABLE', `cannot read the folder ${name}`, {
      hint: 'make it readable, or leave it out of the globs',
      cause: error,
    });
  }
}

const NO_NAMES: ReadonlySet<string> = new Set();

/**
 * Node decodes bytes that are not UTF-8 to U+FFFD, and such a name no longer leads to its file. A valid name that reads the same counts
 * as invalid, too.
 */
function findInvalidNames(root: string, directory: Directory, entries: readonly Dirent[]): ReadonlySet<string> {
  const suspects = entries.filter((entry) => entry.name.includes('\uFFFD'));
  if (suspects.length === 0) return NO_NAMES;
  try {
    const names = readdirSync(directory === '' ? root : `${root}/${directory}`, { encoding: 'buffer' });
    return new Set(names.filter((name) => !isUtf8(name)).map((name) => name.toString('utf8')));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return new Set(suspects.map((entry) => entry.name));
    throw error;
  }
}

function refuseName(path: RelativePath): never {
  throw new VelocityError('INPUT_UNREADABLE', `the name of ${printablePath(path)} is not valid Unicode`, {
    hint: 'rename the file',
  });
}
