import { isAbsolute, sep } from 'node:path';

/** As a snapshot has paths: relative where they are below the root. */
export function relativePath(root: string, path: string): string {
  const prefix = root.endsWith(sep) ? root : `${root}${sep}`;
  return path === root ? '.' : path.startsWith(prefix) ? path.slice(prefix.length) : path;
}

/** The other way round. Not `join`, which would look at each of 40,000 paths for dots. */
export function absolutePath(root: string, path: string): string {
  return isAbsolute(path) ? path : `${root}/${path}`;
}
