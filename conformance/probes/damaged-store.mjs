// @ts-check
/** @import { Probe } from '../lib/types.d.ts' */
/** @import { Trial } from '../lib/trial.mjs' */
import { cpSync, existsSync, lstatSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, checkSucceeded, checkTree, mustSucceed, notApplicable } from '../lib/check.mjs';
import { libBecause, onePackage } from '../lib/specs.mjs';
import { filesIn } from '../lib/tree.mjs';

const DIST = 'packages/lib/dist';
const SOURCE = 'packages/lib/src/a.txt';
const MOST_FILES = 24;

/** Text that compresses and bytes that do not: a flipped bit in the latter is seen by a checksum only. */
const BUILD = `let state = 1;
const noise = Buffer.from(Array.from({ length: 20000 }, () => (state = (state * 48271) % 2147483647) & 255));
writeFiles([{ path: 'noise.bin', content: noise }, { path: 'text.txt', content: 'text '.repeat(50) }], 'dist');
copy('src', 'dist/src');`;
const SPEC = onePackage({ 'src/a.txt': 'a\n' }, BUILD);

/** @type {Probe} */
const flipped = {
  id: 'T6',
  original: 7,
  title: 'one byte flipped in a stored file: never restored wrong, and it heals',
  why: 'Disks and copies lose bits; a cache that does not look hands them out as results.',
  faults: ['no-verify'],
  run: (trial) => withEveryStoredFile(trial, flipByte),
};

/** @type {Probe} */
const truncated = {
  id: 'T6b',
  title: 'a stored file cut in half: never restored wrong, and it heals',
  why: 'A full disk or a crash leaves half a file under its final name.',
  faults: ['no-verify'],
  run: (trial) => withEveryStoredFile(trial, cutInHalf),
};

/** @type {Probe} */
const missing = {
  id: 'T6c',
  title: 'a stored file that is gone: never restored wrong, and it heals',
  why: 'Cleaning tools and restored CI caches take single files away.',
  faults: ['no-verify'],
  run: (trial) => withEveryStoredFile(trial, (file) => rmSync(file)),
};

/** @type {Probe} */
const memory = {
  id: 'T6d',
  title: 'what else it remembers damaged, cut or replaced: never a wrong result, and it heals',
  why: 'A damaged index makes a runner believe that nothing changed, or fail until somebody removes it by hand.',
  faults: ['brittle'],
  async run(trial) {
    const garble = (/** @type {string} */ file) => writeFileSync(file, 'something else\n'.repeat(20));
    await trial.setUp(SPEC);
    for (const damage of [flipByte, cutInHalf, garble]) await withEveryFile(trial, 'remembered', damage);
  },
};

/** @type {Probe} */
const foreign = {
  id: 'T6e',
  title: "a stored file that holds another result's: never restored wrong, and it heals",
  why: 'A copied or repaired cache has the right files under the wrong names, each of them sound.',
  faults: ['no-verify'],
  async run(trial) {
    await trial.setUp(SPEC);
    const listStored = () => trial.adapter.stored(trial.box).flatMap(filesIn);
    mustSucceed(await trial.run());
    const first = listStored();
    trial.write({ [SOURCE]: 'b\n' });
    mustSucceed(await trial.run());
    const others = listStored().filter((file) => !first.includes(file));
    const contents = new Map(
      first
        .filter((file) => existsSync(file))
        .flatMap((file) => {
          const twin = others.find(
            (other) => shapeOf(other) === shapeOf(file) && !readFileSync(other).equals(readFileSync(file)),
          );
          return twin === undefined ? [] : [[file, readFileSync(twin)]];
        }),
    );
    if (contents.size === 0) notApplicable('it keeps no two results of a task that could be exchanged');
    trial.write({ [SOURCE]: 'a\n' });
    await withEveryFile(trial, 'stored', (file) => {
      const content = contents.get(file);
      if (content !== undefined) writeFileSync(file, content);
    });
  },
};

/** @type {Probe} */
const earlierMemory = {
  id: 'T6f',
  title: 'what else it remembers taken back to an earlier state: never a wrong result',
  why: "CI restores a runner's folder from another commit, beside files that have the times of then.",
  faults: ['trust-stat'],
  async run(trial) {
    await trial.setUp(SPEC);
    trial.age(SOURCE, 10);
    mustSucceed(await trial.run());
    const places = trial.adapter.remembered(trial.box).filter((place) => existsSync(place));
    if (places.flatMap(filesIn).length === 0) notApplicable('it remembers nothing else');
    const putBack = keep(trial, places);
    trial.write({ [SOURCE]: 'b\n' });
    trial.age(SOURCE, 20);
    mustSucceed(await trial.run());
    const made = trial.tree(DIST);
    trial.age(SOURCE, 10);
    putBack();
    checkSucceeded(await trial.run(), 'with what it remembered before');
    checkTree(trial.tree(DIST), made, 'with what it remembered before');
  },
};

/** @param {Trial} trial @param {(file: string) => void} damage */
async function withEveryStoredFile(trial, damage) {
  await trial.setUp(SPEC);
  await withEveryFile(trial, 'stored', damage);
}

/**
 * Damages each file in turn, all others being right: the next run may build again or say an error,
 * and the one after it must be right, without building what was just built.
 * @param {Trial} trial
 * @param {'stored' | 'remembered'} which
 * @param {(file: string) => void} damage
 */
async function withEveryFile(trial, which, damage) {
  mustSucceed(await trial.run());
  const made = trial.tree(DIST);
  const places = ['stored', 'remembered']
    .flatMap((name) => trial.adapter[/** @type {'stored' | 'remembered'} */ (name)](trial.box))
    .filter((place) => existsSync(place));
  const putBack = keep(trial, places);
  const files = trial.adapter[which](trial.box).flatMap(filesIn).slice(0, MOST_FILES);
  if (which === 'remembered' && files.length === 0) notApplicable('it remembers nothing else');
  check(files.length > 0, 'nothing was stored');
  for (const file of files) {
    putBack();
    damage(file);
    await checkRuns(trial, made, file.slice(trial.box.base.length + 1));
  }
}

/** Copies files and folders aside. @param {Trial} trial @param {readonly string[]} places @returns {() => void} puts them back */
function keep(trial, places) {
  const asideOf = (/** @type {number} */ index) => join(trial.box.base, `intact-${index}`);
  const options = { recursive: true, preserveTimestamps: true };
  places.forEach((place, index) => {
    rmSync(asideOf(index), { recursive: true, force: true });
    cpSync(place, asideOf(index), options);
  });
  return () =>
    places.forEach((place, index) => {
      rmSync(place, { recursive: true, force: true });
      cpSync(asideOf(index), place, options);
    });
}

/** A path without what is made of digests and random names. @param {string} file */
function shapeOf(file) {
  return file.replace(/(?<=\/)[0-9a-f]{2,}(?=\/)|[0-9a-f-]{6,}/g, '*');
}

/** @param {Trial} trial @param {Record<string, string> | undefined} made @param {string} name */
async function checkRuns(trial, made, name) {
  trial.remove(DIST);
  const first = await trial.run(libBecause(['corrupt'], ['evicted']));
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

/** @param {string} file */
function cutInHalf(file) {
  truncateSync(file, lstatSync(file).size >> 1);
}

export const damagedStore = [flipped, truncated, missing, memory, foreign, earlierMemory];
