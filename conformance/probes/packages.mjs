// @ts-check
/** @import { PackageSpec, Probe, WorkspaceSpec } from '../lib/types.d.ts' */
import { checkHit, checkRan, checkTree, mustSucceed } from '../lib/check.mjs';
import { libBecause } from '../lib/specs.mjs';

/** @type {Probe} */
const bump = {
  id: 'P1',
  title: 'another version of a package from npm is a change for who uses it',
  why: 'The fix is installed, and the old bundle is shipped.',
  faults: ['no-packages'],
  async run(trial) {
    await trial.setUp(twoPackages('1.0.0'));
    mustSucceed(await trial.run());
    await trial.reconfigure(twoPackages('1.2.0'));
    const options = libBecause(['package', 'left-part', '1.0.0', '1.2.0']);
    checkRan(await trial.run(options), 'lib#build', 'with another version');
    checkTree(
      trial.tree('packages/lib/dist'),
      { 'v.js': 'file "module.exports = \\"1.2.0\\";\\n"' },
      'with another version',
    );
  },
};

/** @type {Probe} */
const closure = {
  id: 'P2',
  title: 'another version of a package from npm is no change for who does not use it',
  why: 'A lockfile that counts as a whole builds everything again for each update.',
  faults: ['whole-lockfile'],
  async run(trial) {
    await trial.setUp(twoPackages('1.0.0'));
    mustSucceed(await trial.run());
    await trial.reconfigure(twoPackages('1.2.0'));
    checkHit(await trial.run(), 'other#build', 'with another version of what only lib uses');
  },
};

/** `lib` and `other`, which have nothing to do with each other. @param {string} version of what `lib` uses @returns {WorkspaceSpec} */
function twoPackages(version) {
  const using = (/** @type {string} */ name, /** @type {string} */ external, /** @type {string} */ v) => ({
    name,
    externals: { [external]: v },
    files: { 'src/a.txt': 'a\n' },
    tasks: {
      build: {
        script: `writeFiles([{ path: 'v.js', content: readFileSync('../../node_modules/${external}/index.js') }], 'dist');`,
      },
    },
  });
  /** @type {PackageSpec[]} */
  const packages = [using('lib', 'left-part', version), using('other', 'right-part', '1.0.0')];
  return { packages };
}

export const packages = [bump, closure];
