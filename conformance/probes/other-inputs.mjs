// @ts-check
/** @import { Probe } from '../lib/types.d.ts' */
import { checkRan, checkSucceeded, checkTree, mustSucceed } from '../lib/check.mjs';
import { libAndApp, onePackage } from '../lib/specs.mjs';

const DIST = 'packages/lib/dist';
const writeVariable = `writeFiles([{ path: 'flavour.txt', content: JSON.stringify(process.env.FLAVOUR ?? null) }], 'dist');`;

/** @type {Probe} */
const ignoredEnvFile = {
  id: 'T10',
  title: 'a .env file that git ignores is in the key by default',
  why: 'Most programs read it, and nobody thinks of declaring it; runners differ on purpose.',
  faults: [],
  isInformation: true,
  async run(trial) {
    const script = `writeFiles([{ path: 'env.txt', content: readFileSync('.env') }], 'dist');`;
    await trial.setUp(onePackage({ 'src/a.txt': 'a\n', '.env': 'COLOUR=red\n' }, script, { inputs: 'default' }));
    mustSucceed(await trial.run());
    trial.write({ 'packages/lib/.env': 'COLOUR=green\n' });
    const outcome = await trial.run();
    checkSucceeded(outcome, 'with another .env');
    return outcome.executed.length > 0 ? 'yes' : 'no';
  },
};

/** @type {Probe} */
const variable = {
  id: 'E1',
  title: 'another value of a declared variable is a change',
  why: 'A build for production is answered with the one for tests.',
  faults: ['no-env'],
  async run(trial) {
    await trial.setUp(onePackage({ 'src/a.txt': 'a\n' }, writeVariable, { env: ['FLAVOUR'] }));
    mustSucceed(await trial.run({ env: { FLAVOUR: 'sweet' } }));
    const sweet = trial.tree(DIST);
    checkRan(await trial.run({ env: { FLAVOUR: 'sour' } }), 'lib#build', 'with another value');
    checkTree(trial.tree(DIST), { 'flavour.txt': 'file "\\"sour\\""' }, 'with another value');
    checkSucceeded(await trial.run({ env: { FLAVOUR: 'sweet' } }), 'with the first value again');
    checkTree(trial.tree(DIST), sweet, 'with the first value again');
  },
};

/** @type {Probe} */
const unsetVariable = {
  id: 'E2',
  title: 'a declared variable that is empty and one that is not set differ',
  why: '`CI=` and no CI at all make programs do different things.',
  faults: ['blank-env'],
  async run(trial) {
    await trial.setUp(onePackage({ 'src/a.txt': 'a\n' }, writeVariable, { env: ['FLAVOUR'] }));
    mustSucceed(await trial.run({ env: { FLAVOUR: '' } }));
    checkSucceeded(await trial.run(), 'with the variable not set');
    checkTree(trial.tree(DIST), { 'flavour.txt': 'file "null"' }, 'with the variable not set');
  },
};

/** @type {Probe} */
const argumentOrder = {
  id: 'A1',
  title: 'the same arguments in another order are a change',
  why: 'Of a flag that is given twice, the last one wins.',
  faults: ['sort-arguments'],
  async run(trial) {
    const script = `writeFiles([{ path: 'args.txt', content: process.argv.slice(2).join(' ') }], 'dist');`;
    await trial.setUp(onePackage({ 'src/a.txt': 'a\n' }, script));
    const packages = ['lib'];
    mustSucceed(await trial.run({ packages, args: ['--set=one', '--set=two'] }));
    checkTree(trial.tree(DIST), { 'args.txt': 'file "--set=one --set=two"' }, 'the first run');
    checkSucceeded(await trial.run({ packages, args: ['--set=two', '--set=one'] }), 'in the other order');
    checkTree(trial.tree(DIST), { 'args.txt': 'file "--set=two --set=one"' }, 'in the other order');
  },
};

/** @type {Probe} */
const dependency = {
  id: 'D1',
  title: 'a changed dependency runs its dependents again',
  why: 'The application keeps the old version of its library.',
  faults: ['no-dependencies'],
  async run(trial) {
    await trial.setUp(libAndApp({ 'src/a.txt': 'first\n' }));
    mustSucceed(await trial.run());
    const first = trial.tree('packages/app/dist');
    trial.write({ [`packages/lib/src/a.txt`]: 'the second\n' });
    checkRan(await trial.run(), 'app#build', 'with lib changed');
    checkTree(trial.tree('packages/app/dist/lib'), { 'a.txt': 'file "the second\\n"' }, 'with lib changed');
    trial.write({ [`packages/lib/src/a.txt`]: 'first\n' });
    checkSucceeded(await trial.run(), 'with lib as it was');
    checkTree(trial.tree('packages/app/dist'), first, 'with lib as it was');
  },
};

export const otherInputs = [ignoredEnvFile, variable, unsetVariable, argumentOrder, dependency];
