// @ts-check
/** @import { Probe, RunningProcess } from '../lib/types.d.ts' */
import { check, checkHit, checkRan, checkSucceeded, checkTree, mustSucceed } from '../lib/check.mjs';
import { COPY, libAndApp, libBecause, onePackage } from '../lib/specs.mjs';

const DIST = 'packages/lib/dist';
const BOTH = ['app#build', 'lib#build'];
const OVERLAP =
  /overlap|conflict|collid|same output|both (?:own|write|declare|produce)|shared? output|also (?:an )?outputs?/i;

/** @type {Probe} */
const claims = {
  id: 'B1',
  title: 'what it says about hits and misses is what it did',
  why: 'All other figures rest on it.',
  faults: ['lie'],
  async run(trial) {
    await trial.setUp(libAndApp({ 'src/a.txt': 'first\n' }));
    const all = (/** @type {string} */ claim) => JSON.stringify(BOTH.map((task) => [task, claim]));
    const said = (/** @type {Readonly<Record<string, string>>} */ claims) =>
      JSON.stringify(BOTH.map((task) => [task, claims[task]]));
    const first = await trial.run();
    mustSucceed(first);
    check(first.executed.join() === BOTH.join(), `the first run executed ${first.executed.join(', ') || 'nothing'}`);
    check(said(first.claims) === all('miss'), `of the first run it says ${said(first.claims)}`);
    const second = await trial.run();
    check(second.executed.length === 0, `the second run executed ${second.executed.join(', ')}`);
    check(said(second.claims) === all('hit'), `of the second run it says ${said(second.claims)}`);
  },
};

/** @type {Probe} */
const twoAtOnce = {
  id: 'T20',
  original: 11,
  title: 'two runs at once share one execution',
  why: 'An editor and a terminal that build at the same time do everything twice, into the same folder.',
  faults: ['no-lock'],
  async run(trial) {
    await trial.setUp(onePackage({ 'src/a.txt': 'a\n' }, `await hold('work');\n${COPY}`));
    trial.set('hold-work');
    const started = performance.now();
    const first = trial.run();
    await trial.until(() => trial.isSet('reached-work'));
    const timeToTask = performance.now() - started;
    const second = trial.run();
    await trial.until(() => trial.executions().length > 1, 5 * timeToTask + 500);
    trial.clear('hold-work');
    const outcomes = [await first, await second];
    for (const outcome of outcomes) checkSucceeded(outcome, 'one of the two');
    checkTree(trial.tree(DIST), { 'a.txt': 'file "a\\n"' }, 'after both');
    const count = trial.executions().length;
    check(count === 1, `${count} executions`);
  },
};

/** @type {Probe} */
const killedHolder = {
  id: 'T20b',
  title: 'a run that was killed while it executed a task does not block the next',
  why: 'A lock that outlives its holder has to be found and removed by hand.',
  faults: ['dead-locks'],
  async run(trial) {
    await trial.setUp(onePackage({ 'src/a.txt': 'a\n' }, `await hold('work');\n${COPY}\ntell('has-ended');`));
    /** @type {RunningProcess | undefined} */
    let running;
    const onStart = (/** @type {RunningProcess} */ process) => void (running = process);
    await trial.runHeld('work', () => running?.kill(), { onStart });
    // The task itself may have lived on.
    await trial.until(() => trial.isSet('has-ended'), 500);
    checkSucceeded(await trial.run(), 'the next run');
    checkTree(trial.tree(DIST), { 'a.txt': 'file "a\\n"' }, 'the next run');
    checkHit(await trial.run(), 'lib#build', 'the run after it');
  },
};

/** @type {Probe} */
const tenAtOnce = {
  id: 'T20c',
  title: 'ten runs at once all succeed and leave a sound store',
  why: 'Editors, hooks and terminals start runs without asking each other.',
  faults: ['no-lock', 'save-in-place'],
  async run(trial) {
    await trial.setUp(onePackage({ 'src/a.txt': 'a\n', 'src/b.txt': 'b\n' }, `await hold('work');\n${COPY}`));
    trial.set('hold-work');
    const running = Array.from({ length: 10 }, () => trial.run());
    // All that execute it end at the same moment; how many these are is another probe.
    let count = 0;
    await trial.until(() => trial.executions().length > 0);
    while (count < 10 && (await trial.until(() => trial.executions().length > count, 400))) count += 1;
    trial.clear('hold-work');
    const outcomes = await Promise.all(running);
    for (const outcome of outcomes) checkSucceeded(outcome, 'one of the ten');
    for (const when of ['after all ten', 'the run after them']) {
      checkTree(trial.tree(DIST), { 'a.txt': 'file "a\\n"', 'b.txt': 'file "b\\n"' }, when);
      trial.remove(DIST);
      checkHit(await trial.run(), 'lib#build', 'the run after them');
    }
  },
};

/** @type {Probe} */
const streams = {
  id: 'L1',
  title: 'stdout and stderr of a task stay apart, live and replayed',
  why: 'Scripts that read a task from stdout get its warnings mixed in when it comes from the cache.',
  faults: ['merge-logs'],
  async run(trial) {
    const script = `process.stdout.write('said-on-stdout\\n');\nprocess.stderr.write('said-on-stderr\\n');\n${COPY}`;
    await trial.setUp(onePackage({ 'src/a.txt': 'a\n' }, script));
    const first = await trial.run();
    mustSucceed(first);
    trial.remove(DIST);
    const second = await trial.run();
    checkHit(second, 'lib#build', 'after the outputs were removed');
    for (const [name, { stdout, stderr }] of Object.entries({ 'the first run': first, 'the replay': second })) {
      check(stdout.includes('said-on-stdout'), `${name} does not say on stdout what was said there`);
      check(
        stderr.includes('said-on-stderr'),
        `${name} says what was said on stderr ${stdout.includes('said-on-stderr') ? 'on stdout' : 'nowhere'}`,
      );
    }
  },
};

/** @type {Probe} */
const overlap = {
  id: 'O1',
  title: 'two tasks that own the same output folder are reported',
  why: "Each silently stores and restores the other's files, in whatever state they were.",
  faults: ['silent-overlap'],
  async run(trial) {
    const task = (/** @type {string} */ name) => `writeFiles([{ path: '${name}.txt', content: '${name}' }], 'dist');`;
    const tasks = { build: { script: task('build') }, types: { script: task('types') } };
    await trial.setUp({ packages: [{ name: 'lib', files: { 'src/a.txt': 'a\n' }, tasks }] });
    const { stdout, stderr } = await trial.run({ tasks: ['build', 'types'] });
    check(OVERLAP.test(`${stdout}\n${stderr}`), 'the run says nothing about it');
  },
};

/** @type {Probe} */
const noOutputs = {
  id: 'S1',
  title: 'a task that writes nothing is cached',
  why: 'Tests and lint are what most people wait for.',
  faults: ['outputs-required'],
  async run(trial) {
    await trial.setUp(onePackage({ 'src/a.txt': 'a\n' }, `readFiles('src');`, { outputs: [] }));
    mustSucceed(await trial.run());
    checkHit(await trial.run(), 'lib#build', 'the second run');
    trial.write({ 'packages/lib/src/a.txt': 'another a\n' });
    checkRan(await trial.run(libBecause(['changed', 'src/a.txt'])), 'lib#build', 'with a changed source');
  },
};

/** @type {Probe} */
const failing = {
  id: 'F1',
  title: 'a task that failed runs again, and a failure stays one',
  why: 'What failed for a reason outside of the inputs must be tried again; and never come out green.',
  faults: ['cache-failures'],
  async run(trial) {
    await trial.setUp(onePackage({ 'src/a.txt': 'a\n' }, `${COPY}\nif (isSet('must-fail')) process.exitCode = 3;`));
    trial.set('must-fail');
    for (const when of ['first', 'second']) {
      const outcome = await trial.run(libBecause(['never-built']));
      check(outcome.code !== 0, `the ${when} run ended in success`);
      check(outcome.executed.length > 0, `the ${when} run did not execute it`);
    }
    trial.clear('must-fail');
    checkRan(await trial.run(libBecause(['never-built'])), 'lib#build', 'with the reason gone');
  },
};

export const running = [claims, twoAtOnce, killedHolder, tenAtOnce, streams, overlap, noOutputs, failing];
