// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const GNU_TIME = '/usr/bin/time';

/** Something on this machine is not as the benchmark needs it: said in one line. */
export class Unusable extends Error {}

/** @throws {Unusable} */
export function requireTools() {
  if (process.platform !== 'linux') throw new Unusable(`bench measures on Linux, and this is ${process.platform}`);
  if (spawnSync('git', ['--version']).status !== 0) throw new Unusable('bench needs git (apt-get install git)');
}

/** The path of GNU time; undefined where there is none. A shell's own `time` does not know the peak of memory. */
export function findGnuTime() {
  if (!existsSync(GNU_TIME)) return undefined;
  const { stdout, stderr } = spawnSync(GNU_TIME, ['--version'], { encoding: 'utf8' });
  return `${stdout}${stderr}`.includes('GNU') ? GNU_TIME : undefined;
}
