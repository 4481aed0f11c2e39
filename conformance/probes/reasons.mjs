// @ts-check
/** @import { Files, Outcome, Probe, Reason, TaskSpec, WorkspaceSpec } from '../lib/types.d.ts' */
/** @import { Trial } from '../lib/trial.mjs' */
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { check, checkRan, mustSucceed, notApplicable } from '../lib/check.mjs';
import { isToldAs } from '../lib/reason-count.mjs';
import { COPY, copyingPackage, libAndApp, onePackage } from '../lib/specs.mjs';
import { filesIn } from '../lib/tree.mjs';

const SOURCES = 'packages/lib/src';
const FILES = { 'src/a.txt': 'a\n', 'src/b.txt': 'b\n' };

/** @type {Probe[]} */
const ofFiles = [
  ofFile('W1', 'an input was added', ['added', 'src/c.txt'], (trial) => trial.write({ [`${SOURCES}/c.txt`]: 'c\n' })),
  ofFile('W2', 'an input was removed', ['removed', 'src/b.txt'], (trial) => trial.remove(`${SOURCES}/b.txt`)),
  ofFile('W3', 'an input was changed', ['changed', 'src/a.txt'], (trial) =>
    trial.write({ [`${SOURCES}/a.txt`]: 'b\n' }),
  ),
  ofFile('W4', 'an input changed its mode', ['mode', 'src/a.txt'], (trial) =>
    chmodSync(trial.path(`${SOURCES}/a.txt`), 0o755),
  ),
];

/** @type {Probe} */
const variable = told(
  'W5',
  'a variable has another value: its name is told, the value never',
  ['env', 'FLAVOUR'],
  async (trial) => {
    await trial.setUp(onePackage(FILES, COPY, { env: ['FLAVOUR'] }));
    mustSucceed(await trial.run({ env: { FLAVOUR: 'secret-one' } }));
    const outcome = await trial.run({ env: { FLAVOUR: 'secret-two' } });
    check(!/secret-(?:one|two)/.test(`${outcome.stdout}\n${outcome.stderr}`), 'it tells the value');
    return outcome;
  },
);

/** @type {Probe} */
const command = told('W6', 'the command is another', ['command'], (trial) =>
  reconfigured(trial, onePackage(FILES, COPY), onePackage(FILES, COPY, { command: 'node build.mjs --minify' })),
);

/** @type {Probe} */
const args = told('W7', 'the arguments are others', ['arguments'], async (trial) => {
  await trial.setUp(copyingPackage(FILES));
  mustSucceed(await trial.run({ packages: ['lib'], args: ['--one'] }));
  return trial.run({ packages: ['lib'], args: ['--two'] });
});

/** @type {Probe} */
const dependency = told(
  'W8',
  'a dependency is another',
  ['dependency', 'lib#build'],
  async (trial) => {
    await trial.setUp(libAndApp(FILES));
    mustSucceed(await trial.run());
    trial.write({ [`${SOURCES}/a.txt`]: 'b\n' });
    return trial.run();
  },
  'app#build',
);

/** @type {Probe} */
const external = told(
  'W9',
  'a package from npm has another version: both are told',
  ['package', 'left-part', '1.0.0', '1.2.0'],
  (trial) => {
    const spec = (/** @type {string} */ version) => withExternal(copyingPackage(FILES), { 'left-part': version });
    return reconfigured(trial, spec('1.0.0'), spec('1.2.0'));
  },
);

/** @type {Probe} */
const globalFile = told(
  'W10',
  'a file that all tasks depend on was changed',
  ['global', 'settings.json'],
  async (trial) => {
    await trial.setUp({ ...copyingPackage(FILES), files: { 'settings.json': '1' }, globalInputs: ['settings.json'] });
    mustSucceed(await trial.run());
    trial.write({ 'settings.json': '22' });
    return trial.run();
  },
);

/** @type {Probe} */
const config = told('W11', 'the configuration is another', ['configuration'], (trial) => {
  const spec = (/** @type {Partial<TaskSpec>} */ more) => onePackage(FILES, COPY, more);
  return reconfigured(trial, spec({ outputs: ['dist'] }), spec({ outputs: ['dist', 'types'] }));
});

/** @type {Probe} */
const evicted = told('W12', 'the store no longer has it', ['evicted'], async (trial) => {
  await trial.setUp(copyingPackage(FILES));
  mustSucceed(await trial.run());
  for (const place of trial.adapter.stored(trial.box)) rmSync(place, { recursive: true, force: true });
  trial.remove('packages/lib/dist');
  return trial.run();
});

/** @type {Probe} */
const neverBuilt = told('W13', 'it was never built', ['never-built'], async (trial) => {
  await trial.setUp(copyingPackage(FILES));
  return trial.run();
});

/** @type {Probe} */
const corrupt = told('W14', 'what the store has is damaged', ['corrupt'], async (trial) => {
  await trial.setUp(copyingPackage(FILES));
  mustSucceed(await trial.run());
  for (const file of trial.adapter.stored(trial.box).flatMap(filesIn)) {
    const content = readFileSync(file);
    content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 0x10;
    writeFileSync(file, content);
  }
  trial.remove('packages/lib/dist');
  return trial.run();
});

/** @param {string} id @param {string} what @param {Reason} reason @param {(trial: Trial) => void} change @returns {Probe} */
function ofFile(id, what, reason, change) {
  return told(id, what, reason, async (trial) => {
    await trial.setUp(copyingPackage(FILES));
    mustSucceed(await trial.run());
    change(trial);
    return trial.run();
  });
}

/**
 * The last run that `body` does must say the reason, of the task it is asked for.
 * @param {string} id
 * @param {string} what
 * @param {Reason} reason
 * @param {(trial: Trial) => Promise<Outcome>} body
 * @param {string} [task]
 * @returns {Probe}
 */
function told(id, what, reason, body, task = 'lib#build') {
  return {
    id,
    title: `a miss is explained: ${what}`,
    why: 'Who does not know why a task runs again can only guess what to mend.',
    faults: ['vague-reason'],
    async run(trial) {
      const { wordings } = trial.adapter;
      if (wordings === undefined) notApplicable('it tells no reasons');
      if (wordings[reason[0]] === undefined) notApplicable('it tells no such reasons');
      const outcome = await body(trial);
      checkRan(outcome, task, 'with this reason');
      const words = outcome.reasons[task];
      check(words !== undefined, 'it tells no reason');
      check(isToldAs(wordings, reason, words ?? ''), `it says: ${words}`);
    },
  };
}

/** @param {Trial} trial @param {WorkspaceSpec} before @param {WorkspaceSpec} after */
async function reconfigured(trial, before, after) {
  await trial.setUp(before);
  mustSucceed(await trial.run());
  await trial.reconfigure(after);
  return trial.run();
}

/** @param {WorkspaceSpec} spec @param {Readonly<Record<string, string>>} externals @returns {WorkspaceSpec} */
function withExternal(spec, externals) {
  return { ...spec, packages: spec.packages.map((description) => ({ ...description, externals })) };
}

export const reasons = [
  ...ofFiles,
  variable,
  command,
  args,
  dependency,
  external,
  globalFile,
  config,
  evicted,
  neverBuilt,
  corrupt,
];
