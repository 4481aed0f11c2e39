// @ts-check
/** @import { Probe } from '../lib/types.d.ts' */
import { checkHit, checkRan, checkSucceeded, checkTree, mustSucceed } from '../lib/check.mjs';
import { libAndApp, libBecause, onePackage } from '../lib/specs.mjs';

const DIST = 'packages/lib/dist';
const ENV_FILE = { '.env': 'FLAVOUR=sweet\n' };
const LOADED = { env: ['FLAVOUR'], dotenv: ['.env'] };
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
    const sour = await trial.run({ env: { FLAVOUR: 'sour' }, ...libBecause(['env', 'FLAVOUR']) });
    checkRan(sour, 'lib#build', 'with another value');
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
    checkSucceeded(await trial.run(libBecause(['env', 'FLAVOUR'])), 'with the variable not set');
    checkTree(trial.tree(DIST), { 'flavour.txt': 'file "null"' }, 'with the variable not set');
  },
};

/** @type {Probe} */
const loadedVariable = {
  id: 'E3',
  title: 'another value in a .env file that the runner loads is a change',
  why: 'The value reaches the task past the key.',
  faults: ['no-dotenv'],
  async run(trial) {
    await trial.setUp(onePackage({ ...ENV_FILE, 'src/a.txt': 'a\n' }, writeVariable, LOADED));
    mustSucceed(await trial.run());
    checkTree(trial.tree(DIST), { 'flavour.txt': 'file "\\"sweet\\""' }, 'the first run');
    trial.write({ 'packages/lib/.env': 'FLAVOUR=sour\n' });
    checkRan(await trial.run(libBecause(['env', 'FLAVOUR'])), 'lib#build', 'with another value');
    checkTree(trial.tree(DIST), { 'flavour.txt': 'file "\\"sour\\""' }, 'with another value');
  },
};

/** @type {Probe} */
const comment = {
  id: 'E4',
  title: 'a comment in a .env file that the runner loads is no change',
  why: 'What counts is what the task can see.',
  faults: ['dotenv-bytes'],
  async run(trial) {
    await trial.setUp(onePackage({ ...ENV_FILE, 'src/a.txt': 'a\n' }, writeVariable, LOADED));
    mustSucceed(await trial.run());
    trial.write({ 'packages/lib/.env': '# for tests\nFLAVOUR=sweet\n' });
    checkHit(await trial.run(), 'lib#build', 'with a comment');
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
    const options = { packages, args: ['--set=two', '--set=one'], ...libBecause(['arguments']) };
    checkSucceeded(await trial.run(options), 'in the other order');
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
    const { because } = libBecause(['changed', 'src/a.txt']);
    const outcome = await trial.run({ because: { ...because, 'app#build': [['dependency', 'lib#build']] } });
    checkRan(outcome, 'app#build', 'with lib changed');
    checkTree(trial.tree('packages/app/dist/lib'), { 'a.txt': 'file "the second\\n"' }, 'with lib changed');
    trial.write({ [`packages/lib/src/a.txt`]: 'first\n' });
    checkSucceeded(await trial.run(), 'with lib as it was');
    checkTree(trial.tree('packages/app/dist'), first, 'with lib as it was');
  },
};

export const otherInputs = [
  ignoredEnvFile,
  variable,
  unsetVariable,
  loadedVariable,
  comment,
  argumentOrder,
  dependency,
];
