// @ts-check
/** @import { Probe, RunningProcess } from '../lib/types.d.ts' */
/** @import { Trial } from '../lib/trial.mjs' */
import { chmodSync, existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { check, checkSucceeded, checkTree, mustSucceed, notApplicable } from '../lib/check.mjs';
import { giveAway } from '../lib/give-away.mjs';
import { libBecause, onePackage } from '../lib/specs.mjs';

const DIST = 'packages/lib/dist';
const VERSION = 'packages/lib/src/version.txt';
const FILE_COUNT = 400;
/** Parts of the time that the whole takes, and milliseconds after its first trace is seen. */
const SHARES = [0.15, 0.5, 0.85];
const DELAYS_MS = [0, 8, 30];
const NOBODY = 65534;

/** Files of the same names in every version: whoever only puts files over files may pass, too. */
const BUILD = `const version = readFileSync('src/version.txt', 'utf8');
const names = Array.from({ length: ${FILE_COUNT} }, (_, index) => \`d\${index % 10}/f\${index}.txt\`);
writeFiles(names.map((path) => ({ path, content: \`\${version} \${path}\` })), 'dist');
tell('finished');`;

/** @type {Probe} */
const killedRestore = {
  id: 'K1',
  title: 'killed while it restores many files: the next run ends in the exact tree',
  why: 'A cancelled CI job or a flat battery leaves half a restore that counts as a hit.',
  faults: ['mark-first'],
  async run(trial) {
    await trial.setUp(onePackage({ 'src/version.txt': 'first' }, BUILD));
    mustSucceed(await trial.run());
    trial.write({ [VERSION]: 'the second' });
    mustSucceed(await trial.run(libBecause(['changed', 'src/version.txt'])));
    trial.write({ [VERSION]: 'first' });
    const whole = await trial.run();
    checkSucceeded(whole, 'a restore that nobody kills');
    checkTree(trial.tree(DIST), expectedTree('first'), 'a restore that nobody kills');
    const restores = [
      ...SHARES.map((share) => () => delay(whole.durationMs * share)),
      ...DELAYS_MS.map((ms) => async () => {
        await trial.until(() => existsSync(trial.path(DIST)), whole.durationMs * 2);
        await delay(ms);
      }),
    ];
    for (const [index, moment] of restores.entries()) {
      const version = index % 2 === 0 ? 'the second' : 'first';
      trial.write({ [VERSION]: version });
      // Over the other version, and into nothing.
      if (index >= SHARES.length) trial.remove(DIST);
      await killedAt(trial, moment);
      checkSucceeded(await trial.run(), `after kill ${index + 1}`);
      checkTree(trial.tree(DIST), expectedTree(version), `after kill ${index + 1}`);
    }
  },
};

/** @type {Probe} */
const killedSave = {
  id: 'K2',
  title: 'killed while it stores a result: the next runs end in the exact tree',
  why: 'An entry that exists before it is complete is restored incomplete for ever after.',
  faults: ['save-in-place'],
  async run(trial) {
    await trial.setUp(onePackage({ 'src/version.txt': 'first' }, BUILD));
    const saveMs = await timeToSave(trial);
    const saves = [
      ...SHARES.map((share) => () => delay(saveMs * share)),
      ...DELAYS_MS.map((ms) => async (/** @type {number} */ before) => {
        await trial.until(() => storedFiles(trial) !== before, saveMs * 2);
        await delay(ms);
      }),
    ];
    for (const [index, moment] of saves.entries()) {
      const version = `number ${index}`;
      trial.write({ [VERSION]: version });
      trial.clear('finished');
      await killedAt(trial, async () => {
        await trial.until(() => trial.isSet('finished'));
        await moment(storedFiles(trial));
      });
      for (const when of ['next', 'second']) {
        checkSucceeded(await trial.run(), `the ${when} run after kill ${index + 1}`);
        checkTree(trial.tree(DIST), expectedTree(version), `the ${when} run after kill ${index + 1}`);
        trial.remove(DIST);
      }
    }
  },
};

/** @type {Probe} */
const readOnlyOutputs = {
  id: 'R1',
  title: 'an output folder that cannot be written: an error or the exact tree, and no harm done',
  why: 'A restore that passes over what it cannot write calls a mixture of two versions a hit.',
  faults: ['ignore-errors'],
  async run(trial) {
    if (process.platform === 'win32') notApplicable('Windows has no such permissions');
    await trial.setUp(
      onePackage(
        { 'src/version.txt': 'first' },
        `rmSync('dist', { recursive: true, force: true });\ncopy('src', 'dist');`,
      ),
    );
    // Nothing is read-only to root.
    const who = process.getuid?.() === 0 ? { uid: NOBODY } : {};
    if (who.uid !== undefined) giveAway(trial.box.base, who.uid);
    mustSucceed(await trial.run(who));
    const first = trial.tree(DIST);
    trial.write({ [VERSION]: 'the second' });
    mustSucceed(await trial.run(who));
    trial.write({ [VERSION]: 'first' });
    chmodSync(trial.path(DIST), 0o555);
    const blocked = await trial.run(who);
    if (blocked.code === 0) checkTree(trial.tree(DIST), first, 'the run said all was well');
    if (trial.tree(DIST) !== undefined) chmodSync(trial.path(DIST), 0o755);
    checkSucceeded(await trial.run(who), 'writable again');
    checkTree(trial.tree(DIST), first, 'writable again');
  },
};

/** @param {string} version @returns {Record<string, string>} */
function expectedTree(version) {
  const folders = Array.from({ length: 10 }, (_, index) => [`d${index}`, 'folder']);
  const files = Array.from({ length: FILE_COUNT }, (_, index) => {
    const path = `d${index % 10}/f${index}.txt`;
    return [path, `file ${JSON.stringify(`${version} ${path}`)}`];
  });
  return Object.fromEntries([...folders, ...files]);
}

/** @param {Trial} trial @param {() => Promise<unknown>} moment */
async function killedAt(trial, moment) {
  let hasEnded = false;
  /** @type {unknown} */
  let failure;
  const onStart = (/** @type {RunningProcess} */ process) => {
    const kill = () => hasEnded || process.kill();
    moment().then(kill, (error) => (failure = error));
  };
  await trial.run({ onStart });
  hasEnded = true;
  if (failure !== undefined) throw failure;
}

/** How many files and folders the stored results are. @param {Trial} trial */
function storedFiles(trial) {
  return trial.adapter.stored(trial.box).reduce((sum, place) => sum + count(place), 0);
}

/** Of a place that somebody else is changing. @param {string} place @returns {number} */
function count(place) {
  try {
    if (!lstatSync(place).isDirectory()) return 1;
    return readdirSync(place).reduce((sum, name) => sum + count(join(place, name)), 1);
  } catch (error) {
    // Gone since it was listed.
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return 0;
    throw error;
  }
}

/** From the end of the task to the end of the run. @param {Trial} trial */
async function timeToSave(trial) {
  let finishedAt = 0;
  const running = trial.run();
  await Promise.race([trial.until(() => trial.isSet('finished')), running]);
  finishedAt = performance.now();
  mustSucceed(await running);
  check(trial.isSet('finished'), 'the task did not come to its end');
  return performance.now() - finishedAt;
}

export const crashes = [killedRestore, killedSave, readOnlyOutputs];
