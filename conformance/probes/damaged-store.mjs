// @ts-check
/** @import { Probe } from '../lib/types.d.ts' */
/** @import { Trial } from '../lib/trial.mjs' */
import { cpSync, existsSync, lstatSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, checkSucceeded, checkTree, mustSucceed, notApplicable } from '../lib/check.mjs';
import { onePackage } from '../lib/specs.mjs';
import { listTree } from '../lib/tree.mjs';

const DIST = 'packages/lib/dist';
const MOST_FILES = 24;

/** Text that compresses and bytes that do not: a flipped bit in the latter is seen by a checksum only. */
const BUILD = `let state = 1;
const noise = Buffer.from(Array.from({ length: 20000 }, () => (state = (state * 48271) % 2147483647) & 255));
writeFiles([{ path: 'noise.bin', content: noise }, { path: 'text.txt', content: 'text '.repeat(50) }], 'dist');
copy('src', 'dist/src');`;

/** @type {Probe} */
const flipped = {
  id: 'T6',
  title: 'one byte flipped in a stored file: never restored wrong, and it heals',
  why: 'Disks and copies lose bits; a cache that does not look hands them out as results.',
  faults: ['no-verify'],
  run: (trial) => withEveryFile(trial, 'stored', flipByte),
};

/** @type {Probe} */
const truncated = {
  id: 'T6b',
  title: 'a stored file cut in half: never restored wrong, and it heals',
  why: 'A full disk or a crash leaves half a file under its final name.',
  faults: ['no-verify'],
  run: (trial) => withEveryFile(trial, 'stored', (file) => truncateSync(file, lstatSync(file).size >> 1)),
};

/** @type {Probe} */
const missing = {
  id: 'T6c',
  title: 'a stored file that is gone: never restored wrong, and it heals',
  why: 'Cleaning tools and restored CI caches take single files away.',
  faults: ['no-verify'],
  run: (trial) => withEveryFile(trial, 'stored', (file) => rmSync(file)),
};

/** @type {Probe} */
const memory = {
  id: 'T6d',
  title: 'one byte flipped in what else it remembers: never a wrong result, and it heals',
  why: 'A damaged index makes a runner believe that nothing changed, or fail until somebody removes it by hand.',
  faults: ['brittle'],
  run: (trial) => withEveryFile(trial, 'remembered', flipByte),
};

/**
 * Damages each file in turn, all others being right: the next run may build again or say an error,
 * and the one after it must be right, without building what was just built.
 * @param {Trial} trial
 * @param {'stored' | 'remembered'} which
 * @param {(file: string) => void} damage
 */
async function withEveryFile(trial, which, damage) {
  await trial.setUp(onePackage({ 'src/a.txt': 'a\n' }, BUILD));
  mustSucceed(await trial.run());
  const made = trial.tree(DIST);
  const places = ['stored', 'remembered']
    .flatMap((name) => trial.adapter[/** @type {'stored' | 'remembered'} */ (name)](trial.box))
    .filter((place) => existsSync(place));
  places.forEach((place, index) => cpSync(place, join(trial.box.base, `intact-${index}`), { recursive: true }));
  const files = trial.adapter[which](trial.box).flatMap(filesIn).slice(0, MOST_FILES);
  if (which === 'remembered' && files.length === 0) notApplicable('it remembers nothing else');
  check(files.length > 0, 'nothing was stored');
  for (const file of files) {
    places.forEach((place, index) => {
      rmSync(place, { recursive: true, force: true });
      cpSync(join(trial.box.base, `intact-${index}`), place, { recursive: true });
    });
    damage(file);
    await checkRuns(trial, made, file.slice(trial.box.base.length + 1));
  }
}

/** @param {Trial} trial @param {Record<string, string> | undefined} made @param {string} name */
async function checkRuns(trial, made, name) {
  trial.remove(DIST);
  const first = await trial.run();
  if (first.code === 0) checkTree(trial.tree(DIST), made, `with ${name} damaged`);
  trial.remove(DIST);
  const second = await trial.run();
  checkSucceeded(second, `with ${name} damaged, the second run`);
  checkTree(trial.tree(DIST), made, `with ${name} damaged, the second run`);
  check(
    first.executed.length === 0 || second.executed.length === 0,
    `with ${name} damaged: it was built, and then built again`,
  );
}

/** @param {string} file */
function flipByte(file) {
  const content = readFileSync(file);
  const middle = content.length >> 1;
  content[middle] = (content[middle] ?? 0) ^ 0x10;
  writeFileSync(file, content);
}

/** Regular files in a place that hold something. @param {string} place @returns {string[]} */
function filesIn(place) {
  const stats = lstatSync(place, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  const files = stats.isDirectory() ? listTree(place).map((path) => join(place, path)) : [place];
  return files.filter((file) => lstatSync(file).isFile() && lstatSync(file).size > 0);
}

export const damagedStore = [flipped, truncated, missing, memory];
