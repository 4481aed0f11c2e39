// @ts-check
/** @import { Files, Probe, Reason } from '../lib/types.d.ts' */
/** @import { Trial } from '../lib/trial.mjs' */
import { chmodSync, renameSync } from 'node:fs';
import { checkRan, checkSucceeded, checkTree, mustSucceed } from '../lib/check.mjs';
import { copyingPackage, libBecause } from '../lib/specs.mjs';

const DIST = 'packages/lib/dist';
const SOURCES = 'packages/lib/src';

/** @type {Probe} */
const modeOfInput = {
  id: 'T8',
  original: 8,
  title: 'chmod +x of an input is a change',
  why: 'Who makes a script executable gets it back from the cache without the bit.',
  faults: ['no-modes'],
  run: (trial) =>
    noticed(trial, {
      files: { 'src/run.sh': 'x\n' },
      change: () => chmodSync(trial.path(`${SOURCES}/run.sh`), 0o755),
      reasons: [['mode', 'src/run.sh']],
    }),
};

/** @type {Probe} */
const renamed = {
  id: 'T12',
  original: 9,
  title: 'a renamed input is a change',
  why: 'The result still has the old name.',
  faults: ['no-paths'],
  run: (trial) =>
    noticed(trial, {
      files: { 'src/a.txt': 'a\n', 'src/b.txt': 'b\n' },
      change: () => rename(trial, 'a.txt', 'c.txt'),
      reasons: [
        ['added', 'src/c.txt'],
        ['removed', 'src/a.txt'],
      ],
    }),
};

/** @type {Probe} */
const swapped = {
  id: 'T12b',
  title: 'two inputs that swap their contents are a change',
  why: 'The same set of contents under other names gives another result.',
  faults: ['no-paths'],
  async run(trial) {
    await trial.setUp(copyingPackage({ 'src/a.txt': 'first\n', 'src/b.txt': 'the second\n' }));
    // Times apart: whether they are trusted is another probe.
    trial.age(`${SOURCES}/a.txt`, 10);
    trial.age(`${SOURCES}/b.txt`, 20);
    mustSucceed(await trial.run());
    rename(trial, 'a.txt', 'c.txt');
    rename(trial, 'b.txt', 'a.txt');
    rename(trial, 'c.txt', 'b.txt');
    const reasons = libBecause(['changed', 'src/a.txt'], ['changed', 'src/b.txt']);
    checkRan(await trial.run(reasons), 'lib#build', 'after the change');
  },
};

/** @type {Probe} */
const caseOnly = {
  id: 'T12c',
  title: 'a rename that changes only upper and lower case is a change',
  why: 'On a server with a strict file system the old spelling is not found.',
  faults: ['no-paths'],
  run: (trial) =>
    noticed(trial, {
      files: { 'src/readme.txt': 'a\n' },
      change: () => {
        rename(trial, 'readme.txt', 'other.txt');
        rename(trial, 'other.txt', 'README.txt');
      },
      reasons: [
        ['added', 'src/README.txt'],
        ['removed', 'src/readme.txt'],
      ],
    }),
};

/** @type {Probe} */
const retargeted = {
  id: 'T12d',
  title: 'an input link that points elsewhere is a change',
  why: '`current -> v1` becomes `current -> v2` and the result stays that of v1.',
  faults: ['skip-links'],
  run: (trial) => {
    /** @type {Files} */
    const files = { 'src/v1.txt': 'first\n', 'src/v2.txt': 'the second\n', 'src/current': { link: 'v1.txt' } };
    const change = () => trial.write({ [`${SOURCES}/current`]: { link: 'v2.txt' } });
    return noticed(trial, { files, change, reasons: [['changed', 'src/current']] });
  },
};

/** @type {Probe} */
const timePutBack = {
  id: 'T14',
  original: 10,
  title: 'an edit of the same size with the old time put back is a change',
  why: 'Archives, copies and some editors keep times; a stat cache that trusts them answers with the old result.',
  faults: ['trust-stat'],
  run: (trial) => sameSizeEdit(trial, 0, 0),
};

/** @type {Probe} */
const sameSecond = {
  id: 'T14b',
  title: 'an edit of the same size within the same second is a change',
  why: 'Scripts edit files faster than a coarse clock ticks.',
  faults: ['trust-stat'],
  run: (trial) => sameSizeEdit(trial, 0.2504, 0.2508),
};

/** Builds, changes something, builds again: the task must run. @param {Trial} trial @param {{ files: Files, change: () => void, reasons: Reason[] }} edit */
async function noticed(trial, { files, change, reasons }) {
  await trial.setUp(copyingPackage(files));
  mustSucceed(await trial.run());
  change();
  checkRan(await trial.run(libBecause(...reasons)), 'lib#build', 'after the change');
}

/** @param {Trial} trial @param {number} secondsBefore @param {number} secondsAfter */
async function sameSizeEdit(trial, secondsBefore, secondsAfter) {
  await trial.setUp(copyingPackage({ 'src/a.txt': 'one\n' }));
  trial.age(`${SOURCES}/a.txt`, secondsBefore);
  mustSucceed(await trial.run());
  trial.write({ [`${SOURCES}/a.txt`]: 'two\n' });
  trial.age(`${SOURCES}/a.txt`, secondsAfter);
  checkSucceeded(await trial.run(libBecause(['changed', 'src/a.txt'])), 'after the edit');
  checkTree(trial.tree(DIST), { 'a.txt': 'file "two\\n"' }, 'after the edit');
}

/** @param {Trial} trial @param {string} from @param {string} to */
function rename(trial, from, to) {
  renameSync(trial.path(`${SOURCES}/${from}`), trial.path(`${SOURCES}/${to}`));
}

export const inputFiles = [modeOfInput, renamed, swapped, caseOnly, retargeted, timePutBack, sameSecond];
