import type { Dirent } from 'node:fs';
import { errorMessage, isErrno, isRelativePath } from '@velocity/core';
import { disk } from '../disk.js';
import { joinPath, resolveDirectory, type Directory } from '../documents/workspace-path.js';
import type { ManifestReader } from '../documents/manifest-reader.js';
import { WORKSPACE_FILES } from '../workspace-files.js';
import { compilePattern, literalSegment, patternDepth } from '../files/pattern.js';

/** Never entered. */
const NEVER: ReadonlySet<string> = new Set(['node_modules', '.git', '.velocity']);
/** Not entered by `**`: what builds and tools leave behind. A package may be called so when a glob leads straight to it. */
const GENERATED: ReadonlySet<string> = new Set([
  'target',
  'dist',
  'build',
  'out',
  'coverage',
  'vendor',
  'venv',
  '__pycache__',
]);

interface DirectoryPattern {
  readonly isNegative: boolean;
  readonly base: Directory;
  readonly depth: number;
  matches(directory: string): boolean;
}

/**
 * The folders that ordered globs in `directory` select, with the names of the manifests, and maybe others, that stand in each: the last glob that matches
 * decides, `!` takes away. Links are not followed, `*` matches no name that starts with a dot. Folders that cannot be read
 * are reported as problems; globs that leave the workspace select nothing.
 */
export function expandDirectories(
  reader: ManifestReader,
  directory: Directory,
  globs: readonly string[],
): ReadonlyMap<Directory, readonly string[]> {
  const patterns = globs.map((glob) => parsePattern(glob, directory)).filter((pattern) => pattern !== undefined);
  const found = new Map<Directory, readonly string[]>();
  const read = new Map<Directory, readonly Dirent[] | undefined>();
  for (const pattern of patterns.filter(({ isNegative }) => !isNegative)) {
    const stack: { at: Directory; level: number }[] = [{ at: pattern.base, level: 0 }];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { at, level } = next;
      const isSelected = pattern.matches(at) && isSelectedBy(patterns, at);
      if (!isSelected && level >= pattern.depth) continue;
      if (level >= pattern.depth) {
        // Nothing below it is asked for: what else comes and goes there is none of our business.
        const manifests = readDirectory(reader, at, WORKSPACE_FILES);
        if (manifests !== undefined) found.set(at, namesOf(manifests));
        continue;
      }
      const entries = read.has(at) ? read.get(at) : readDirectory(reader, at);
      read.set(at, entries);
      if (entries === undefined) continue;
      if (isSelected) found.set(at, namesOf(entries));
      for (const entry of entries) {
        if (entry.isDirectory() && canEnter(entry.name, pattern))
          stack.push({ at: joinPath(at, entry.name), level: level + 1 });
      }
    }
  }
  return found;
}

function parsePattern(glob: string, directory: Directory): DirectoryPattern | undefined {
  const isNegative = glob.startsWith('!');
  const body = isNegative ? glob.slice(1) : glob;
  const segments = body.split('/').filter((segment) => segment !== '' && segment !== '.');
  const firstMagic = segments.findIndex((segment) => literalSegment(segment) === undefined);
  const literal = (firstMagic === -1 ? segments : segments.slice(0, firstMagic)).map(
    (segment) => literalSegment(segment) ?? segment,
  );
  const base = resolveDirectory(directory, literal.length === 0 ? '.' : literal.join('/'));
  if (base === undefined || body.startsWith('/')) return undefined;
  if (firstMagic === -1) return { isNegative, base, depth: 0, matches: (path) => path === base };
  const rest = segments.slice(firstMagic);
  const matches = compilePattern(rest.join('/'), { dot: isNegative });
  const offset = base === '' ? 0 : base.length + 1;
  const isAtBase = rest.every((segment) => segment === '**');
  return {
    isNegative,
    base,
    depth: patternDepth(rest),
    matches: (path) =>
      path === base ? isAtBase : (base === '' || path.startsWith(`${base}/`)) && matches(path.slice(offset)),
  };
}

function isSelectedBy(patterns: readonly DirectoryPattern[], directory: Directory): boolean {
  return patterns.findLast((pattern) => pattern.matches(directory))?.isNegative === false;
}

function canEnter(name: string, { depth }: DirectoryPattern): boolean {
  if (NEVER.has(name) || !isRelativePath(name)) return false;
  return depth !== Infinity || !(name.startsWith('.') || GENERATED.has(name));
}

function namesOf(entries: readonly Dirent[]): readonly string[] {
  return entries.map(({ name }) => name);
}

function readDirectory(
  reader: ManifestReader,
  directory: Directory,
  names?: ReadonlySet<string>,
): readonly Dirent[] | undefined {
  try {
    return disk().readDirectory(directory === '' ? reader.root : `${reader.root}/${directory}`, names);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    const message = `cannot read the folder: ${errorMessage(error)}`;
    reader.problems.push({ kind: 'unreadable', message, file: directory === '' ? '.' : directory });
    return undefined;
  }
}
