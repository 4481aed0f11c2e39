// @ts-check
/** @import { Probe } from '../lib/types.d.ts' */
/** @import { Trial } from '../lib/trial.mjs' */
import { checkHit, checkRan, checkTree, mustSucceed, notApplicable } from '../lib/check.mjs';
import { copyingPackage, libBecause } from '../lib/specs.mjs';

const DIST = 'packages/lib/dist';

/** Composed and decomposed letters are different names where the file system says so. */
const UNUSUAL = [
  'with space.txt',
  'größe Ä.txt',
  'e\u0301.txt',
  '日本.txt',
  '#[x]{y}(z)!.txt',
  '-dash.txt',
  "it's $HOME 100%.txt",
  '.hidden',
];

/** @type {Probe} */
const unusualNames = {
  id: 'N1',
  title: 'names with spaces, signs and letters of all languages are inputs and outputs like others',
  why: 'A file that a runner cannot spell is silently missing from the key or from the result.',
  faults: ['plain-names'],
  run: (trial) => withNames(trial, UNUSUAL),
};

/** @type {Probe} */
const newline = {
  id: 'N2',
  title: 'a name with a newline is an input and an output like others',
  why: 'Lists of files that are cut at newlines lose it.',
  faults: ['plain-names'],
  async run(trial) {
    if (process.platform === 'win32') notApplicable('Windows has no such names');
    await withNames(trial, ['line\nbreak.txt']);
  },
};

/** @param {Trial} trial @param {readonly string[]} names */
async function withNames(trial, names) {
  await trial.setUp(copyingPackage(Object.fromEntries(names.map((name) => [`src/${name}`, 'first\n']))));
  mustSucceed(await trial.run());
  const made = trial.tree(DIST);
  trial.remove(DIST);
  checkHit(await trial.run(), 'lib#build', 'after the outputs were removed');
  checkTree(trial.tree(DIST), made, 'after the outputs were removed');
  for (const name of names) {
    trial.write({ [`packages/lib/src/${name}`]: 'the second\n' });
    // How an unusual name is written is the runner's affair.
    checkRan(await trial.run(libBecause(['changed'])), 'lib#build', `with ${JSON.stringify(name)} edited`);
  }
}

export const names = [unusualNames, newline];
