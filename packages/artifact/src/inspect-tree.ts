import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno, type RelativePath } from '@velocity/core';
import type { ManifestEntry } from './manifest.js';
import { isExecutable } from './open-output.js';

/** What the disk holds at a path, as far as a swap has to know. */
export interface TreeNode {
  readonly kind: 'folder' | 'leaf';
  /** True when all of it is the task's: an owned file, link or empty folder, or a folder that holds nothing else. */
  readonly isOwned: boolean;
  /** By name, exactly as the folder spells it. Empty for leaves, and for folders that nobody asked about. */
  readonly children: ReadonlyMap<string, TreeNode>;
}

const NO_CHILDREN: ReadonlyMap<string, TreeNode> = new Map();

/**
 * Looks at a root and at those folders below it that have owned or wanted paths in them; links are leaves. Anything else is there to see,
 * and not owned.
 * @param base a folder that all the paths lie below: what else is in those above it is not looked at. With 1,000 packages in one folder,
 * 1,000 restores would read a million names
 */
export function inspectTree(
  root: string,
  {
    owned,
    wanted,
    base,
  }: { readonly owned: readonly RelativePath[]; readonly wanted: readonly RelativePath[]; readonly base: string },
): TreeNode {
  const ownedPaths = new Set<string>(owned);
  const folders = foldersAbove([...owned, ...wanted]);

  const inspectFolder = (path: string): TreeNode => {
    const children = new Map<string, TreeNode>();
    if (isAbove(path, base)) {
      const name = base.slice(path === '' ? 0 : path.length + 1).split('/')[0] ?? '';
      const child = path === '' ? name : `${path}/${name}`;
      if (isFolder(join(root, child))) children.set(name, inspectFolder(child));
      return { kind: 'folder', isOwned: false, children };
    }
    for (const child of readdirSync(join(root, path), { withFileTypes: true })) {
      const childPath = path === '' ? child.name : `${path}/${child.name}`;
      if (child.isDirectory()) children.set(child.name, inspectChildFolder(childPath));
      else children.set(child.name, { kind: 'leaf', isOwned: ownedPaths.has(childPath), children: NO_CHILDREN });
    }
    const isOwned = children.size === 0 ? ownedPaths.has(path) : [...children.values()].every((node) => node.isOwned);
    return { kind: 'folder', isOwned: path !== '' && isOwned, children };
  };
  const inspectChildFolder = (path: string): TreeNode => {
    const isOfInterest = folders.has(path) || ownedPaths.has(path);
    if (isOfInterest) return inspectFolder(path);
    return { kind: 'folder', isOwned: false, children: NO_CHILDREN };
  };
  return lstatSync(root).isDirectory() ? inspectFolder('') : { kind: 'leaf', isOwned: false, children: NO_CHILDREN };
}

function isAbove(path: string, base: string): boolean {
  return path === '' ? base !== '' : base.startsWith(`${path}/`);
}

function isFolder(absolute: string): boolean {
  return lstatSync(absolute, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** True where something is, whatever it is. */
export function isPresent(absolute: string): boolean {
  try {
    lstatSync(absolute);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

/** Whether an entry could be what is there: the same type, size, executable bit and target. Its content is not read. */
export function looksLike(root: string, entry: ManifestEntry): boolean {
  const absolute = join(root, entry.path);
  try {
    const stats = lstatSync(absolute);
    if (entry.type === 'directory') return stats.isDirectory();
    if (entry.type === 'symlink') return stats.isSymbolicLink() && readlinkSync(absolute) === entry.target;
    if (!stats.isFile() || stats.size !== entry.size) return false;
    return process.platform === 'win32' || isExecutable(stats) === entry.executable;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EINVAL')) return false;
    throw error;
  }
}

function foldersAbove(paths: readonly RelativePath[]): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return folders;
}
