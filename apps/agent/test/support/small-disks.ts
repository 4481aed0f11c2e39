import { mkdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Rig } from '../rig.js';
import { mountTmpfs, type Disk } from './disks.js';

/** Puts a small file system in the workspace's place, with the workspace on it. */
export function moveToDisk(rig: Rig, size: string): Disk {
  const aside = join(rig.home, 'workspace');
  mkdirSync(aside);
  copy(rig.root, aside);
  const disk = mountTmpfs(rig.root, size);
  copy(aside, rig.root);
  return disk;
}

function copy(from: string, to: string): void {
  const { status, stderr } = spawnSync('cp', ['-a', `${from}/.`, to], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cp failed: ${stderr}`);
}
