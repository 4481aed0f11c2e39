// @ts-check
/** @import { Probe, TaskSpec, WorkspaceSpec } from '../lib/types.d.ts' */
import { checkHit, checkRan, checkTree, mustSucceed } from '../lib/check.mjs';
import { COPY, libBecause, onePackage } from '../lib/specs.mjs';
import { readFileSync } from 'node:fs';
import { writeJson } from '../lib/workspace.mjs';

const DIST = 'packages/lib/dist';
const SETTINGS = 'settings.json';

/** @type {Probe} */
const command = {
  id: 'C1',
  title: 'another command is a change',
  why: 'A flag that was added to the script has no effect until somebody edits a source.',
  faults: ['no-command'],
  async run(trial) {
    const script = `writeFiles([{ path: 'args.txt', content: process.argv.slice(2).join(' ') }], 'dist');`;
    await trial.setUp(onePackage({ 'src/a.txt': 'a\n' }, script));
    mustSucceed(await trial.run());
    await trial.reconfigure(onePackage({}, script, { command: 'node build.mjs --minify' }));
    checkRan(await trial.run(libBecause(['command'])), 'lib#build', 'with another command');
    checkTree(trial.tree(DIST), { 'args.txt': 'file "--minify"' }, 'with another command');
  },
};

/** @type {Probe} */
const outputs = {
  id: 'C2',
  title: 'an output folder that was declared later is stored, too',
  why: 'The old entry is still found, and has never heard of the folder.',
  faults: ['no-outputs'],
  async run(trial) {
    const script = `${COPY}\ncopy('src', 'types');`;
    const spec = (/** @type {Partial<TaskSpec>} */ more) => onePackage({ 'src/a.txt': 'a\n' }, script, more);
    await trial.setUp(spec({ outputs: ['dist'] }));
    mustSucceed(await trial.run());
    await trial.reconfigure(spec({ outputs: ['dist', 'types'] }));
    mustSucceed(await trial.run(libBecause(['configuration'])));
    trial.remove(DIST, 'packages/lib/types');
    checkHit(await trial.run(), 'lib#build', 'after all outputs were removed');
    checkTree(trial.tree('packages/lib/types'), { 'a.txt': 'file "a\\n"' }, 'the folder that was declared later');
  },
};

/** @type {Probe} */
const globalFile = {
  id: 'G1',
  title: 'a changed file that all tasks depend on is a change',
  why: 'The settings of a compiler stand in the root of the repository.',
  faults: ['no-globals'],
  async run(trial) {
    /** @type {WorkspaceSpec} */
    const spec = {
      ...onePackage(
        { 'src/a.txt': 'a\n' },
        `writeFiles([{ path: 's.json', content: readFileSync('../../${SETTINGS}') }], 'dist');`,
      ),
      files: { [SETTINGS]: '1' },
      globalInputs: [SETTINGS],
    };
    await trial.setUp(spec);
    mustSucceed(await trial.run());
    trial.write({ [SETTINGS]: '22' });
    checkRan(await trial.run(libBecause(['global', SETTINGS])), 'lib#build', 'with other settings');
    checkTree(trial.tree(DIST), { 's.json': 'file "22"' }, 'with other settings');
  },
};

/** @type {Probe} */
const otherFields = {
  id: 'J1',
  title: 'by default, the version of a package and the text of another script are no change',
  why: 'Each release, and each new script, builds everything again.',
  faults: ['whole-manifest'],
  async run(trial) {
    await trial.setUp(onePackage({ 'src/a.txt': 'a\n' }, COPY, { inputs: 'default' }));
    mustSucceed(await trial.run());
    const file = trial.path('packages/lib/package.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    writeJson(file, { ...manifest, version: '1.0.1', scripts: { ...manifest.scripts, other: 'echo other' } });
    checkHit(await trial.run(), 'lib#build', 'with another version and another script');
  },
};

export const configuration = [command, outputs, globalFile, otherFields];
