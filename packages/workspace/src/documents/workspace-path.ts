import { posix } from 'node:path';
import { isRelativePath, type RelativePath } from '@velocity/core';

/** A folder of the workspace, relative to its root; empty for the root itself. */
export type Directory = RelativePath | '';

/** Where `path`, written in a file of `directory`, leads; undefined when that is outside of the workspace. */
export function resolveDirectory(directory: Directory, path: string): Directory | undefined {
  if (path.startsWith('/')) return undefined;
  const joined = posix.join(directory === '' ? '.' : directory, path).replace(/\/+$/, '');
  if (joined === '' || joined === '.') return '';
  return isRelativePath(joined) ? joined : undefined;
}

export function joinPath(directory: Directory, name: string): RelativePath {
  return (directory === '' ? name : `${directory}/${name}`) as RelativePath;
}

/** True for `directory` itself and for everything below it. */
export function isWithin(path: string, directory: string): boolean {
  return directory === '' || path === directory || (path.startsWith(directory) && path[directory.length] === '/');
}

/** The folder that a path stands in. */
export function parentOf(path: RelativePath): Directory {
  const end = path.lastIndexOf('/');
  return end === -1 ? '' : (path.slice(0, end) as RelativePath);
}
