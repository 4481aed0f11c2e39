// @ts-check
/** @import { Outcome, Probe, Reason } from '../lib/types.d.ts' */
import { chmodSync } from 'node:fs';
import { check, checkSucceeded, checkTree, mustSucceed } from '../lib/check.mjs';
import { COPY, libAndApp, onePackage } from '../lib/specs.mjs';

const DIST = 'packages/lib/dist';
const SOURCE = 'packages/lib/src/a.txt';
const FIRST = { 'a.txt': 'file "first\\n"' };
const SECOND = { 'a.txt': 'file "the second\\n"' };
const OWN_INPUT = /(?:modif|chang|wr[io]t).*\binput/i;
const HELD_COPY = `await hold('read');\n${COPY}`;

/** @type {Probe} */
const editedBeforeRead = {
  id: 'T5',
  original: 6,
  title: 'an input edited during the run: the result is not stored under the old key',
  why: 'Saving a file while the build runs poisons the cache: the old version is answered with what the new one gave.',
  faults: ['no-guard'],
  async run(trial) {
    await trial.setUp(onePackage({ 'src/a.txt': 'first\n' }, HELD_COPY));
    mustSucceed(await trial.runHeld('read', () => trial.write({ [SOURCE]: 'the second\n' })));
    trial.write({ [SOURCE]: 'first\n' });
    checkSucceeded(await trial.run(), 'back to what it was before');
    checkTree(trial.tree(DIST), FIRST, 'back to what it was before');
  },
};

/** @type {Probe} */
const editedAfterRead = {
  id: 'T5b',
  original: 6,
  title: 'an input edited after the task has read it: the result is not stored under the new key',
  why: 'A key that is made after the run takes what the task never saw for what it read.',
  faults: ['late-key'],
  async run(trial) {
    const script = `const files = readFiles('src');\nawait hold('write');\nwriteFiles(files, 'dist');`;
    await trial.setUp(onePackage({ 'src/a.txt': 'first\n' }, script));
    mustSucceed(await trial.runHeld('write', () => trial.write({ [SOURCE]: 'the second\n' })));
    checkSucceeded(await trial.run(), 'the next run');
    checkTree(trial.tree(DIST), SECOND, 'the next run');
  },
};

/** @type {Probe} */
const added = {
  id: 'T5c',
  title: 'an input added during the run: the result is not stored',
  why: 'The new file is in the result and in no key.',
  faults: ['no-guard'],
  async run(trial) {
    await trial.setUp(onePackage({ 'src/a.txt': 'first\n' }, HELD_COPY));
    mustSucceed(await trial.runHeld('read', () => trial.write({ 'packages/lib/src/new.txt': 'new\n' })));
    trial.remove('packages/lib/src/new.txt');
    checkSucceeded(await trial.run(), 'with the new file gone again');
    checkTree(trial.tree(DIST), FIRST, 'with the new file gone again');
  },
};

/** @type {Probe} */
const removed = {
  id: 'T5d',
  title: 'an input removed during the run: the result is not stored',
  why: 'A result without the file is answered to whoever has it.',
  faults: ['no-guard'],
  async run(trial) {
    await trial.setUp(onePackage({ 'src/a.txt': 'first\n', 'src/b.txt': 'b\n' }, HELD_COPY));
    mustSucceed(await trial.runHeld('read', () => trial.remove('packages/lib/src/b.txt')));
    trial.write({ 'packages/lib/src/b.txt': 'b\n' });
    checkSucceeded(await trial.run(), 'with the file there again');
    checkTree(trial.tree(DIST), { ...FIRST, 'b.txt': 'file "b\\n"' }, 'with the file there again');
  },
};

/** @type {Probe} */
const dependent = {
  id: 'T5e',
  title: 'what depends on such a result is not stored either',
  why: 'The dependency is built again and right; what was made from the wrong one is still answered.',
  faults: ['no-taint'],
  async run(trial) {
    await trial.setUp(libAndApp({ 'src/a.txt': 'first\n' }, HELD_COPY));
    /** @type {Record<string, Reason[]>} */
    const because = { 'app#build': [['unstored-dependency', 'lib#build']] };
    mustSucceed(await trial.runHeld('read', () => trial.write({ [SOURCE]: 'the second\n' }), { because }));
    trial.write({ [SOURCE]: 'first\n' });
    checkSucceeded(await trial.run(), 'back to what it was before');
    checkTree(trial.tree('packages/app/dist/lib'), FIRST, "the dependent's outputs, back to what it was before");
  },
};

/** @type {Probe} */
const putBack = {
  id: 'T5f',
  title: 'an input edited and put back during the run: the result is not stored',
  why: 'A quick change of branches there and back while a build runs leaves the same files and a wrong result.',
  faults: ['trust-guard-digest'],
  async run(trial) {
    await trial.setUp(onePackage({ 'src/a.txt': 'first\n' }, `${HELD_COPY}\nawait hold('end');`));
    trial.age(SOURCE);
    trial.set('hold-end');
    const outcome = await trial.runHeld('read', async () => {
      trial.write({ [SOURCE]: 'the second\n' });
      trial.clear('hold-read');
      await trial.until(() => trial.isSet('reached-end'));
      trial.write({ [SOURCE]: 'first\n' });
      trial.age(SOURCE);
      trial.clear('hold-end');
    });
    mustSucceed(outcome);
    trial.remove(DIST);
    checkSucceeded(await trial.run(), 'the next run');
    checkTree(trial.tree(DIST), FIRST, 'the next run');
  },
};

/** @type {Probe} */
const modeChanged = {
  id: 'T5g',
  title: 'an input made executable during the run: the result is not stored',
  why: 'The bit is in the result and in no key.',
  faults: ['no-guard'],
  async run(trial) {
    const script = 'packages/lib/src/run.sh';
    await trial.setUp(onePackage({ 'src/run.sh': 'x\n' }, HELD_COPY));
    mustSucceed(await trial.runHeld('read', () => chmodSync(trial.path(script), 0o755)));
    chmodSync(trial.path(script), 0o644);
    checkSucceeded(await trial.run(), 'with the bit taken away again');
    checkTree(trial.tree(DIST), { 'run.sh': 'file "x\\n"' }, 'with the bit taken away again');
  },
};

/** @type {Probe} */
const ownInput = {
  id: 'T5h',
  title: 'a task that writes its own input is named as such, and runs each time',
  why: 'A formatter that comes from the cache formats nothing.',
  faults: ['no-guard'],
  async run(trial) {
    const script = `writeFileSync('src/a.txt', readFileSync('src/a.txt', 'utf8').trim());\n${COPY}`;
    await trial.setUp(onePackage({ 'src/a.txt': '  untidy  ' }, script));
    const first = await trial.run();
    mustSucceed(first);
    trial.write({ [SOURCE]: '  untidy  ' });
    checkSucceeded(await trial.run(), 'untidy again');
    check(trial.read(SOURCE) === 'untidy', 'untidy again: it was not run, and the source is as it was');
    const isSaid = isNamed(first, 'a.txt') || OWN_INPUT.test(`${first.stdout}\n${first.stderr}`);
    check(isSaid, 'the first run does not say so');
  },
};

/** @type {Probe} */
const saidAloud = {
  id: 'T5i',
  title: 'a run says which input changed meanwhile, so that nothing was stored',
  why: 'Who is not told looks for the reason of the next miss elsewhere.',
  faults: ['silent', 'no-guard'],
  async run(trial) {
    await trial.setUp(onePackage({ 'src/a.txt': 'first\n' }, HELD_COPY));
    const outcome = await trial.runHeld('read', () => trial.write({ [SOURCE]: 'the second\n' }));
    mustSucceed(outcome);
    check(isNamed(outcome, 'a.txt'), 'it says nothing');
  },
};

/** @param {Outcome} outcome @param {string} name */
function isNamed({ stdout, stderr }, name) {
  return `${stdout}\n${stderr}`.includes(name);
}

export const changedWhileRunning = [
  editedBeforeRead,
  editedAfterRead,
  added,
  removed,
  dependent,
  putBack,
  modeChanged,
  ownInput,
  saidAloud,
];
