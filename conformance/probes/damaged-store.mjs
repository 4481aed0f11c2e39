// @ts-check
/** @import { Probe } from '../lib/types.d.ts' */
/** @import { Trial } from '../lib/trial.mjs' */
import { cpSync, lstatSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, checkSucceeded, checkTree, mustSucceed } from '../lib/check.mjs';
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
  run: (trial) =>
    withEveryFile(trial, (file) => {
      const content = readFileSync(file);
      const middle = content.length >> 1;
      content[middle] = (content[middle] ?? 0) ^ 0x10;
      writeFileSync(file, content);
    }),
};

/** @type {Probe} */
const truncated = {
  id: 'T6b',
  title: 'a stored file cut in half: never restored wrong, and it heals',
  why: 'A full disk or a crash leaves half a file under its final name.',
  faults: ['no-verify'],
  run: (trial) => withEveryFile(trial, (file) => truncateSync(file, lstatSync(file).size >> 1)),
};

/** @type {Probe} */
const missing = {
  id: 'T6c',
  title: 'a stored file that is gone: never restored wrong, and it heals',
  why: 'Cleaning tools and restored CI caches take single files away.',
  faults: ['no-verify'],
  run: (trial) => withEveryFile(trial, (file) => rmSync(file)),
};

/**
 * Damages each file of the store in turn, all others being right: the next run may build again or say an error,
 * and the one after it must be right, without building what was just built.
 * @param {Trial} trial
 * @param {(file: string) => void} damage
 */
async function withEveryFile(trial, damage) {
  await trial.setUp(onePackage({ 'src/a.txt': 'a\n' }, BUILD));
  mustSucceed(await trial.run());
  const made = trial.tree(DIST);
  const stores = trial.stored().filter((folder) => lstatSync(folder, { throwIfNoEntry: false }) !== undefined);
  const intact = stores.map((_, index) => join(trial.box.base, `intact-${index}`));
  stores.forEach((folder, index) => cpSync(folder, intact[index] ?? '', { recursive: true }));
  const files = stores.flatMap(filesBelow).slice(0, MOST_FILES);
  check(files.length > 0, 'nothing was stored');
  for (const file of files) {
    stores.forEach((folder, index) => {
      rmSync(folder, { recursive: true, force: true });
      cpSync(intact[index] ?? '', folder, { recursive: true });
    });
    damage(file);
    await checkRun(trial, made, file.slice(trial.box.base.length + 1));
  }
}

/** @param {Trial} trial @param {Record<string, string> | undefined} made @param {string} name */
async function checkRun(trial, made, name) {
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

/** Regular files that hold something. @param {string} folder */
function filesBelow(folder) {
  return listTree(folder)
    .map((path) => join(folder, path))
    .filter((file) => lstatSync(file).isFile() && lstatSync(file).size > 0);
}

export const damagedStore = [flipped, truncated, missing];
