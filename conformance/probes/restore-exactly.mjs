// @ts-check
/** @import { Files, Probe, WorkspaceSpec } from '../lib/types.d.ts' */
/** @import { Trial } from '../lib/trial.mjs' */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, checkHit, checkSucceeded, checkTree, mustSucceed } from '../lib/check.mjs';
import { copyingPackage, libBecause, onePackage } from '../lib/specs.mjs';
import { readTree } from '../lib/tree.mjs';

const DIST = 'packages/lib/dist';
const SOURCE = 'packages/lib/src/a.txt';
const FIRST = { 'a.txt': 'file "first\\n"' };

/** @type {Probe} */
const executableBit = {
  id: 'T1',
  original: 1,
  title: 'executable bits are restored',
  why: 'A restored script that cannot be executed breaks whoever calls it.',
  faults: ['drop-modes'],
  run: (trial) =>
    restoreAfterRemoval(
      trial,
      copyingPackage({ 'src/run.sh': { content: 'x\n', isExecutable: true }, 'src/a.txt': 'a\n' }),
    ),
};

/** @type {Probe} */
const links = {
  id: 'T1b',
  original: 2,
  title: 'links to files, to folders and to nothing are restored as links',
  why: 'Copies instead of links double what is shipped; a broken link may be mended by the next step.',
  faults: ['follow-links'],
  run: (trial) => {
    const script = `mkdirSync('dist/real', { recursive: true });
writeFileSync('dist/real/a.txt', 'a\\n');
symlinkSync('real/a.txt', 'dist/to-file');
symlinkSync('real', 'dist/to-folder', 'dir');
symlinkSync('nowhere', 'dist/to-nothing');`;
    return restoreAfterRemoval(trial, onePackage({ 'src/a.txt': 'a\n' }, script));
  },
};

/** @type {Probe} */
const emptyThings = {
  id: 'T1c',
  original: 2,
  title: 'empty folders and empty files are restored',
  why: 'Programs that expect a folder to be there fail only where the result came from the cache.',
  faults: ['drop-empty-folders'],
  run: (trial) => {
    const script = `mkdirSync('dist/empty/deep', { recursive: true });\nwriteFileSync('dist/nothing.txt', '');`;
    return restoreAfterRemoval(trial, onePackage({ 'src/a.txt': 'a\n' }, script));
  },
};

/** @type {Probe} */
const otherKinds = {
  id: 'T1d',
  title: 'a file takes the place of a folder, and the other way round',
  why: 'Two versions of a build rarely have the same layout; going back must not fail on what the other left.',
  faults: ['merge'],
  async run(trial) {
    const script = `rmSync('dist', { recursive: true, force: true });
const isFirst = readFileSync('src/version.txt', 'utf8') === 'first';
mkdirSync(isFirst ? 'dist/y' : 'dist/x', { recursive: true });
writeFileSync(isFirst ? 'dist/x' : 'dist/x/inner.txt', 'x');
writeFileSync(isFirst ? 'dist/y/inner.txt' : 'dist/y', 'y');`;
    await trial.setUp(onePackage({ 'src/version.txt': 'first' }, script));
    mustSucceed(await trial.run());
    const first = trial.tree(DIST);
    trial.write({ 'packages/lib/src/version.txt': 'the second' });
    mustSucceed(await trial.run());
    const second = trial.tree(DIST);
    trial.write({ 'packages/lib/src/version.txt': 'first' });
    checkSucceeded(await trial.run(), 'back to the first version');
    checkTree(trial.tree(DIST), first, 'back to the first version');
    trial.write({ 'packages/lib/src/version.txt': 'the second' });
    checkSucceeded(await trial.run(), 'again to the second version');
    checkTree(trial.tree(DIST), second, 'again to the second version');
  },
};

/** @type {Probe} */
const linkInTheWay = {
  id: 'T1e',
  title: 'a link in the place of an output is replaced, not written through',
  why: 'A restore that opens the old name for writing destroys the file that the link points to.',
  faults: ['write-through'],
  async run(trial) {
    await buildTwice(trial, { 'precious.txt': 'precious\n' });
    trial.write({ [`${DIST}/a.txt`]: { link: '../precious.txt' } });
    const outcome = await backToFirst(trial);
    check(
      trial.read('packages/lib/precious.txt') === 'precious\n',
      'the file that the link pointed to was overwritten',
    );
    checkSucceeded(outcome, 'with a link in the place of an output');
    checkTree(trial.tree(DIST), FIRST, 'with a link in the place of an output');
  },
};

/** @type {Probe} */
const folderBehindLink = {
  id: 'T1f',
  title: 'nothing outside is touched when the output folder is a link',
  why: 'A link that somebody left as `dist` must not send a restore, or what it removes, to another folder.',
  faults: ['write-through'],
  async run(trial) {
    await buildTwice(trial);
    const outside = join(trial.box.base, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'a.txt'), 'precious\n');
    writeFileSync(join(outside, 'b.txt'), 'precious\n');
    const before = readTree(outside);
    trial.remove(DIST);
    symlinkSync(outside, trial.path(DIST), 'junction');
    const outcome = await backToFirst(trial);
    checkTree(readTree(outside), before, 'the folder behind the link');
    if (outcome.code === 0) checkTree(trial.tree(DIST), FIRST, 'with a link as the output folder');
  },
};

/** Builds two versions; the outputs are then those of the second. @param {Trial} trial @param {Files} [more] */
async function buildTwice(trial, more = {}) {
  await trial.setUp(copyingPackage({ ...more, 'src/a.txt': 'first\n' }));
  mustSucceed(await trial.run());
  trial.write({ [SOURCE]: 'the second\n' });
  mustSucceed(await trial.run(libBecause(['changed', 'src/a.txt'])));
}

/** @param {Trial} trial */
function backToFirst(trial) {
  trial.write({ [SOURCE]: 'first\n' });
  return trial.run();
}

/** @param {Trial} trial @param {WorkspaceSpec} spec */
async function restoreAfterRemoval(trial, spec) {
  const made = await build(trial, spec);
  trial.remove(DIST);
  checkHit(await trial.run(), 'lib#build', 'after the outputs were removed');
  checkTree(trial.tree(DIST), made, 'after the outputs were removed');
}

/** @param {Trial} trial @param {WorkspaceSpec} spec */
async function build(trial, spec) {
  await trial.setUp(spec);
  mustSucceed(await trial.run());
  return trial.tree(DIST);
}

export const restoreExactly = [executableBit, links, emptyThings, otherKinds, linkInTheWay, folderBehindLink];
