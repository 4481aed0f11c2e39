// @ts-check
/** @import { Files, Probe } from '../lib/types.d.ts' */
/** @import { Trial } from '../lib/trial.mjs' */
import { check, checkHit, checkRan, checkSucceeded, checkTree, mustSucceed } from '../lib/check.mjs';
import { copyingPackage, libBecause } from '../lib/specs.mjs';

const DIST = 'packages/lib/dist';

/** @type {Probe} */
const strayFile = {
  id: 'T2',
  original: 3,
  title: 'a stray file among the outputs is gone after a hit',
  why: 'What nobody built gets published with the rest.',
  faults: ['merge'],
  run: (trial) => hitWithStrays(trial, { [`${DIST}/stray.txt`]: 'stray\n' }),
};

/** @type {Probe} */
const strayFolder = {
  id: 'T2b',
  title: 'stray folders, with and without files, are gone after a hit',
  why: 'A folder of an old layout is picked up by programs that look for it.',
  faults: ['merge'],
  run: (trial) =>
    hitWithStrays(trial, { [`${DIST}/old/stray.txt`]: 'stray\n', [`${DIST}/hollow/deep`]: { isFolder: true } }),
};

/** @type {Probe} */
const otherVersion = {
  id: 'T2c',
  title: 'going back to an earlier version leaves nothing of the later one',
  why: 'After a change of branches the outputs are a mixture of both.',
  faults: ['merge'],
  async run(trial) {
    await trial.setUp(copyingPackage({ 'src/a.txt': 'a\n' }));
    mustSucceed(await trial.run());
    const made = trial.tree(DIST);
    trial.write({ 'packages/lib/src/later.txt': 'later\n' });
    checkRan(await trial.run(libBecause(['added', 'src/later.txt'])), 'lib#build', 'with another source');
    trial.remove('packages/lib/src/later.txt');
    checkSucceeded(await trial.run(), 'back to the first version');
    checkTree(trial.tree(DIST), made, 'back to the first version');
  },
};

/** @type {Probe} */
const staleOutput = {
  id: 'T3',
  original: 4,
  title: 'the output of a source that is gone is not stored with a miss',
  why: 'What was deleted lives on in the cache, for everybody.',
  faults: ['no-clean'],
  async run(trial) {
    await trial.setUp(copyingPackage({ 'src/a.txt': 'a\n', 'src/gone.txt': 'gone\n' }));
    mustSucceed(await trial.run());
    trial.remove('packages/lib/src/gone.txt');
    checkRan(await trial.run(libBecause(['removed', 'src/gone.txt'])), 'lib#build', 'with a source removed');
    trial.remove(DIST);
    checkHit(await trial.run(), 'lib#build', 'after the outputs were removed');
    checkTree(trial.tree(DIST), { 'a.txt': 'file "a\\n"' }, 'restored');
  },
};

/** @type {Probe} */
const trackedOnMiss = {
  id: 'T3b',
  title: 'a tracked file among the outputs survives a miss',
  why: 'Cleaning up before a build must not delete what somebody committed.',
  faults: ['clean-tracked'],
  async run(trial) {
    const spec = copyingPackage({ 'src/a.txt': 'a\n', 'dist/committed.txt': 'committed\n' });
    await trial.setUp({ ...spec, tracked: [`${DIST}/committed.txt`] });
    mustSucceed(await trial.run());
    check(trial.isFile(`${DIST}/committed.txt`), 'the first run removed it');
    trial.write({ 'packages/lib/src/a.txt': 'another a\n' });
    checkRan(await trial.run(libBecause(['changed', 'src/a.txt'])), 'lib#build', 'with a changed source');
    check(trial.isFile(`${DIST}/committed.txt`), 'the second run removed it');
  },
};

/** @type {Probe} */
const trackedOnHit = {
  id: 'T3c',
  title: 'a tracked file among the outputs survives a restore',
  why: 'Going back to a result that is older than a commit must not delete what the commit added.',
  faults: ['restore-tracked'],
  async run(trial) {
    await trial.setUp(copyingPackage({ 'src/a.txt': 'first\n' }));
    mustSucceed(await trial.run());
    trial.write({ 'packages/lib/src/a.txt': 'the second\n' });
    mustSucceed(await trial.run(libBecause(['changed', 'src/a.txt'])));
    trial.write({ [`${DIST}/committed.txt`]: 'committed\n', 'packages/lib/src/a.txt': 'first\n' });
    trial.git('add', '-f', `${DIST}/committed.txt`);
    trial.git('commit', '-q', '-m', 'a file among the outputs');
    checkSucceeded(await trial.run(), 'back to the first version');
    check(trial.isFile(`${DIST}/committed.txt`), 'it was removed');
    check(trial.read(`${DIST}/a.txt`) === 'first\n', 'the other outputs were not restored');
  },
};

/** @type {Probe} */
const beside = {
  id: 'T2d',
  title: 'what stands beside the outputs, named alike or not, is left alone',
  why: 'A cleaning that reaches too far takes what nobody can build again.',
  faults: ['wide-clean'],
  async run(trial) {
    await trial.setUp(copyingPackage({ 'src/a.txt': 'first\n' }));
    mustSucceed(await trial.run());
    const names = ['dist.txt', 'dist-old/keep.txt', 'dist2/empty', 'notes.txt', '.env', 'my.log'];
    const paths = names.map((name) => `packages/lib/${name}`);
    trial.write(Object.fromEntries(paths.map((path) => [path, 'precious\n'])));
    trial.write({ 'packages/lib/src/a.txt': 'the second\n' });
    checkRan(await trial.run(libBecause(['changed', 'src/a.txt'])), 'lib#build', 'with a changed source');
    trial.write({ 'packages/lib/src/a.txt': 'first\n' });
    checkSucceeded(await trial.run(), 'back to the first version');
    checkTree(trial.tree(DIST), { 'a.txt': 'file "first\\n"' }, 'back to the first version');
    for (const path of paths) {
      check(trial.isFile(path) && trial.read(path) === 'precious\n', `${path} is not what it was`);
    }
  },
};

/** @param {Trial} trial @param {Files} strays */
async function hitWithStrays(trial, strays) {
  await trial.setUp(copyingPackage({ 'src/a.txt': 'a\n', 'src/sub/b.txt': 'b\n' }));
  mustSucceed(await trial.run());
  const made = trial.tree(DIST);
  trial.write(strays);
  checkHit(await trial.run(), 'lib#build', 'with strays beside the outputs');
  checkTree(trial.tree(DIST), made, 'with strays beside the outputs');
  trial.write(strays);
  trial.remove(`${DIST}/a.txt`);
  checkHit(await trial.run(), 'lib#build', 'with strays and a missing output');
  checkTree(trial.tree(DIST), made, 'with strays and a missing output');
}

export const strays = [strayFile, strayFolder, otherVersion, beside, staleOutput, trackedOnMiss, trackedOnHit];
