// @ts-check
/** @import { Probe } from '../lib/types.d.ts' */
/** @import { Trial } from '../lib/trial.mjs' */
import { spawnSync } from 'node:child_process';
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, checkSucceeded, checkTree, mustSucceed, notApplicable } from '../lib/check.mjs';
import { onePackage } from '../lib/specs.mjs';

const DIST = 'packages/lib/dist';
const VERSION = 'packages/lib/src/version.txt';
const DISK_BYTES = 48 << 20;
const OUTPUT_BYTES = 8 << 20;

/** Bytes that do not compress, other ones for each version. */
const BUILD = `const version = readFileSync('src/version.txt', 'utf8');
let state = version.length;
const noise = Buffer.alloc(${OUTPUT_BYTES / 4});
for (let index = 0; index < noise.length; index += 1) noise[index] = (state = (state * 48271) % 2147483647) & 255;
writeFiles(['a', 'b', 'c', 'd'].map((path) => ({ path, content: noise })), 'dist');
writeFileSync('dist/version.txt', version);`;

/** @type {Probe} */
const fullWorkspace = {
  id: 'K3',
  title: 'the disk full while it restores: an error or the exact tree, and no harm done',
  why: 'Half of the files are there, and the next run calls it a hit.',
  faults: ['ignore-errors'],
  async run(trial) {
    await withSmallDisk(trial.box.root, async () => {
      await trial.setUp(onePackage({ 'src/version.txt': 'first' }, BUILD));
      const [first] = await buildVersions(trial);
      trial.remove(DIST);
      fill(trial.box.root, OUTPUT_BYTES / 2);
      const blocked = await trial.run();
      if (blocked.code === 0) checkTree(trial.tree(DIST), first, 'the run said all was well');
      empty(trial.box.root);
      checkSucceeded(await trial.run(), 'with room again');
      checkTree(trial.tree(DIST), first, 'with room again');
    });
  },
};

/** @type {Probe} */
const fullStore = {
  id: 'K4',
  title: 'the disk full while it stores: the build succeeds, and nothing wrong is restored later',
  why: 'A cache that is in the way when it cannot help is worse than none.',
  faults: ['save-in-place'],
  async run(trial) {
    const folder = join(trial.box.home, '.cache');
    if (!trial.adapter.stored(trial.box).some((place) => place.startsWith(folder))) {
      notApplicable('its store is in the workspace');
    }
    mkdirSync(folder);
    await withSmallDisk(folder, async () => {
      await trial.setUp(onePackage({ 'src/version.txt': 'first' }, BUILD));
      fill(folder, OUTPUT_BYTES / 2);
      const blocked = await trial.run();
      checkSucceeded(blocked, 'the task succeeded, and');
      const made = trial.tree(DIST);
      for (const when of ['with room again', 'the run after that']) {
        empty(folder);
        trial.remove(DIST);
        checkSucceeded(await trial.run(), when);
        checkTree(trial.tree(DIST), made, when);
      }
    });
  },
};

/** Two versions, and then the source of the first again. @param {Trial} trial */
async function buildVersions(trial) {
  mustSucceed(await trial.run());
  const first = trial.tree(DIST);
  trial.write({ [VERSION]: 'the second' });
  mustSucceed(await trial.run());
  const second = trial.tree(DIST);
  trial.write({ [VERSION]: 'first' });
  return [first, second];
}

/** Does something while a folder is a small disk of its own. @param {string} folder @param {() => Promise<void>} body */
async function withSmallDisk(folder, body) {
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES},mode=755`, 'none', folder]);
  if (status !== 0) notApplicable('only root can make a small disk');
  try {
    await body();
  } finally {
    const { status: ended } = spawnSync('umount', ['-l', folder]);
    check(ended === 0, 'the small disk could not be removed');
  }
}

/** Leaves this much room. @param {string} folder @param {number} room */
function fill(folder, room) {
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(join(folder, 'ballast'), Buffer.alloc(Math.max(0, bavail * bsize - room)));
}

/** @param {string} folder */
function empty(folder) {
  writeFileSync(join(folder, 'ballast'), '');
}

export const fullDisk = [fullWorkspace, fullStore];
