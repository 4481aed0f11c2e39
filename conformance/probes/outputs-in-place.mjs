// @ts-check
/** @import { Probe } from '../lib/types.d.ts' */
/** @import { Trial } from '../lib/trial.mjs' */
import { appendFileSync, lstatSync } from 'node:fs';
import { check, checkHit, checkSucceeded, checkTree, mustSucceed } from '../lib/check.mjs';
import { copyingPackage } from '../lib/specs.mjs';

const DIST = 'packages/lib/dist';

/** @type {Probe} */
const handEdited = {
  id: 'T4',
  original: 5,
  title: 'an output that was edited by hand is noticed and put right',
  why: 'Whoever debugged in the build folder ships the traces of it.',
  faults: ['trust-last-run'],
  async run(trial) {
    await repairs(trial, () => trial.write({ [`${DIST}/a.txt`]: 'edited by hand\n' }));
  },
};

/** @type {Probe} */
const deleted = {
  id: 'T4b',
  title: 'outputs that were deleted, one or all, are put back',
  why: 'A run that says all is well must leave the outputs there.',
  faults: ['trust-last-run'],
  async run(trial) {
    const made = await repairs(trial, () => trial.remove(`${DIST}/a.txt`));
    trial.remove(DIST);
    checkSucceeded(await trial.run(), 'with all outputs deleted');
    checkTree(trial.tree(DIST), made, 'with all outputs deleted');
  },
};

/** @type {Probe} */
const editedInPlace = {
  id: 'T4c',
  title: 'writing into a restored output does not change the stored one',
  why: 'A restore by hard links lets every later step write into the cache.',
  faults: ['hard-links', 'no-verify'],
  async run(trial) {
    await trial.setUp(copyingPackage({ 'src/a.txt': 'a\n' }));
    mustSucceed(await trial.run());
    const made = trial.tree(DIST);
    trial.remove(DIST);
    checkHit(await trial.run(), 'lib#build', 'after the outputs were removed');
    appendFileSync(trial.path(`${DIST}/a.txt`), 'more\n');
    trial.remove(DIST);
    checkHit(await trial.run(), 'lib#build', 'after the restored output was written to');
    checkTree(trial.tree(DIST), made, 'after the restored output was written to');
  },
};

/** @type {Probe} */
const leftAlone = {
  id: 'T4d',
  title: 'outputs that are right are not written again',
  why: 'Whatever goes by times builds again what is behind them, and a running server reloads.',
  faults: ['always-restore'],
  async run(trial) {
    await trial.setUp(copyingPackage({ 'src/a.txt': 'a\n', 'src/sub/b.txt': 'b\n' }));
    mustSucceed(await trial.run());
    const stateOf = () =>
      ['a.txt', 'sub/b.txt'].map((name) => {
        const { ino, mtimeMs } = lstatSync(trial.path(`${DIST}/${name}`));
        return `${name} ${ino} ${mtimeMs}`;
      });
    const before = stateOf();
    for (const when of ['the second run', 'the third run']) {
      checkHit(await trial.run(), 'lib#build', when);
      check(stateOf().join() === before.join(), `${when} wrote them again`);
    }
  },
};

/** @param {Trial} trial @param {() => void} damage */
async function repairs(trial, damage) {
  await trial.setUp(copyingPackage({ 'src/a.txt': 'a\n', 'src/sub/b.txt': 'b\n' }));
  mustSucceed(await trial.run());
  const made = trial.tree(DIST);
  mustSucceed(await trial.run());
  damage();
  checkSucceeded(await trial.run(), 'the next run');
  checkTree(trial.tree(DIST), made, 'the next run');
  return made;
}

export const outputsInPlace = [handEdited, deleted, editedInPlace, leftAlone];
