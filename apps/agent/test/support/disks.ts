import { spawnSync } from 'node:child_process';
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@velocity/testing';

/** Leaves so many bytes free, or a few more. */
export function fill(folder: string, leftBytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(join(folder, 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - leftBytes)));
}

/** Small file systems of a test's own: only root may mount them, and not in every container. */
export function canMount(): boolean {
  using dir = tempDir();
  if (spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', dir.path]).status !== 0) return false;
  return spawnSync('umount', [dir.path]).status === 0;
}

export type Disk = Disposable & { readonly path: string };

export function mountTmpfs(path: string, size: string): Disk {
  mkdirSync(path, { recursive: true });
  mount('-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', path);
  return diskAt(path);
}

export function mountReadOnly(path: string): Disk {
  mount('--bind', path, path);
  const disk = diskAt(path);
  mount('-o', 'remount,ro,bind', path);
  return disk;
}

function mount(...args: string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mount failed: ${stderr}`);
}

function diskAt(path: string): Disk {
  return { path, [Symbol.dispose]: () => void spawnSync('umount', ['-l', path]) };
}
