import { basename, dirname, join } from 'node:path';

/**
 * How an object lies on disk. `link`: as the file `<root>/<key>`, published by link(2). `directory`, for file systems without hard
 * links: as the file `object` in the directory `<root>/<key>~`, published by renaming that directory, because rename(2) replaces a
 * file but never a directory that has something in it. `~` is no character of keys.
 */
export type FsLayout = 'link' | 'directory';

/** The first segment that keys may not have: temporary files live there. */
export const TEMP_FOLDER = 'tmp';

const SUFFIX = '~';
const FILE = 'object';

/** The file that holds an object's bytes. */
export function objectFile(root: string, layout: FsLayout, key: string): string {
  return layout === 'link' ? join(root, key) : join(root, `${key}${SUFFIX}`, FILE);
}

/** The file in an object's folder, in the `directory` layout. */
export function fileIn(folder: string): string {
  return join(folder, FILE);
}

/** What link(2) or rename(2) brings into being. */
export function publishedPath(root: string, layout: FsLayout, key: string): string {
  return layout === 'link' ? join(root, key) : join(root, `${key}${SUFFIX}`);
}

/** The last segment of the key that a directory entry stands for; undefined for entries that are no objects. */
export function objectName(entry: { name: string; isFile(): boolean; isDirectory(): boolean }, layout: FsLayout) {
  if (layout === 'link') return entry.isFile() ? entry.name : undefined;
  if (!entry.isDirectory() || !entry.name.endsWith(SUFFIX)) return undefined;
  return entry.name.slice(0, -SUFFIX.length);
}

/** Folder and file name of a path. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  return { folder: dirname(path), name: basename(path) };
}
