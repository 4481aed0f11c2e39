// @ts-check
/** @import { Outcome, Probe } from '../lib/types.d.ts' */
/** @import { Trial } from '../lib/trial.mjs' */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { check, checkSucceeded, checkTree, mustSucceed, notApplicable } from '../lib/check.mjs';
import { COPY, onePackage } from '../lib/specs.mjs';
import { describeDifference } from '../lib/tree.mjs';

const DIST = 'packages/lib/dist';
const LARGE_BYTES = 24 << 20;

/** @type {Probe} */
const pipe = {
  id: 'X1',
  title: 'a named pipe among the outputs comes back, or the run says its path and stores nothing',
  why: 'A result without it is not the result; and who opens it to read it waits for ever.',
  faults: ['drop-others'],
  run: (trial) => backOrNamed(trial, 'pipe', `execFileSync('mkfifo', ['dist/the-pipe']);`),
};

/** @type {Probe} */
const socket = {
  id: 'X2',
  title: 'a socket among the outputs: the same',
  why: 'A task that leaves a socket behind has left a process behind, too.',
  faults: ['drop-others'],
  run: (trial) => backOrNamed(trial, 'socket', `await makeSocket('dist/the-socket');`),
};

/** @type {Probe} */
const device = {
  id: 'X3',
  title: 'a device among the outputs: the same',
  why: 'Images of systems have them, and an archive that skips them does not boot.',
  faults: ['drop-others'],
  async run(trial) {
    const attempt = join(trial.box.base, 'device');
    const { status } = spawnSync('mknod', [attempt, 'c', '1', '3']);
    if (status !== 0) notApplicable('only root can make devices');
    rmSync(attempt);
    await backOrNamed(trial, 'device', `execFileSync('mknod', ['dist/the-device', 'c', '1', '3']);`);
  },
};

/** @type {Probe} */
const leavingLinks = {
  id: 'X4',
  title: 'a link among the outputs that leaves the workspace: the same',
  why: 'Left out or replaced by what it points to, it is another result.',
  faults: ['follow-links'],
  run: (trial) =>
    backOrNamed(
      trial,
      'link',
      `symlinkSync('../../../../outside', 'dist/the-link');\nsymlinkSync('/outside', 'dist/the-link-2');`,
    ),
};

/** @type {Probe} */
const growing = {
  id: 'X5',
  title: 'an output that still grows when the task has ended is not stored half done',
  why: 'What was stored is what the file happened to hold at that moment.',
  faults: ['unsettled-outputs', 'no-verify'],
  run: (trial) => storedWhole(trial, true),
};

/** @type {Probe} */
const rewritten = {
  id: 'X6',
  title: 'an output that is still rewritten when the task has ended is not stored half done',
  why: 'Who compares what was read twice sees no difference, and stores what was not finished.',
  faults: ['settled-digests'],
  run: (trial) => storedWhole(trial, false),
};

/** On a machine that is too busy the process may not get to write while the result is stored: the better of three attempts counts. @param {Trial} trial @param {boolean} isGrowing */
async function storedWhole(trial, isGrowing) {
  // Storing the second takes so long that the first is written meanwhile.
  const script = `writeFiles([{ path: 'a.txt', content: 'whole' }, { path: 'b.txt', content: Buffer.alloc(${LARGE_BYTES}) }], 'dist');
if (!isSet('no-writer')) await leaveWriter('dist/a.txt', { isGrowing: ${isGrowing}, lastWord: 'whole' });`;
  await trial.setUp(onePackage({ 'src/a.txt': 'a\n' }, script));
  /** @type {string[]} */
  const wrong = [];
  for (let attempt = 1; attempt - wrong.length <= 2; attempt += 1) {
    trial.write({ 'packages/lib/src/a.txt': `attempt ${attempt}\n` });
    const difference = await attemptToStore(trial);
    if (difference !== undefined) wrong.push(difference);
    check(wrong.length < 2, `the next run: ${wrong[0]}`);
  }
}

/** @param {Trial} trial @returns {Promise<string | undefined>} what is wrong with what was stored */
async function attemptToStore(trial) {
  for (const sign of ['stop', 'has-begun', 'has-stopped', 'no-writer']) trial.clear(sign);
  mustSucceed(await trial.run());
  trial.set('stop');
  // Who ends what a task has left behind may store what is there then.
  await trial.until(() => trial.isSet('has-stopped'), 3000);
  const made = trial.tree(DIST);
  trial.set('no-writer');
  trial.remove(DIST);
  const second = await trial.run();
  checkSucceeded(second, 'the next run');
  const expected = second.executed.length > 0 ? { ...made, 'a.txt': 'file "whole"' } : made;
  return describeDifference(trial.tree(DIST), expected);
}

/** @param {Trial} trial @param {string} kind @param {string} script makes something called `the-...` in `dist` */
async function backOrNamed(trial, kind, script) {
  if (process.platform === 'win32') notApplicable('Windows has no such files');
  await trial.setUp(onePackage({ 'src/a.txt': 'a\n' }, `${COPY}\n${script}`));
  // Some open a pipe and wait for what nobody writes.
  const first = await trial.run({ deadlineMs: 40_000 });
  check(first.executed.length > 0, 'the task did not run');
  checkSucceeded(first, 'the task succeeded, and');
  const made = trial.tree(DIST) ?? {};
  check(
    Object.values(made).some((entry) => entry.startsWith(kind)),
    `the ${kind} is gone after the run`,
  );
  trial.remove(DIST);
  const second = await trial.run();
  checkSucceeded(second, 'the next run');
  checkTree(trial.tree(DIST), made, second.executed.length > 0 ? 'run again' : 'restored');
  if (second.executed.length > 0) check(isSaid(first), 'it was not stored, and its path is nowhere to be read');
}

/** @param {Outcome} outcome */
function isSaid({ stdout, stderr }) {
  return `${stdout}\n${stderr}`.includes('the-');
}

export const oddOutputs = [pipe, socket, device, leavingLinks, growing, rewritten];
