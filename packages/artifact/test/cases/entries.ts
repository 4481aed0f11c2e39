import { honestFile } from '../forge.js';
import { CORRUPT_ENTRIES, dir, link, UNSAFE_ENTRIES, WINDOWS_PATHS, WINDOWS_TARGETS } from '../hostile-entries.js';
import type { Cases, Code, HostileCase } from './hostile-case.js';

/** Longer lines than any valid entry's are refused before they are parsed. */
const MAX_LINE = 16 * 1024;

const refused = (code: Code, entries: readonly unknown[], platform?: 'win32'): HostileCase => [
  entries.some((entry) => JSON.stringify(entry).length >= MAX_LINE) ? 'ARTIFACT_CORRUPT' : code,
  () => ({ entries }),
  platform === undefined ? {} : { platform },
];
const named = <T>(values: Readonly<Record<string, T>>, make: (value: T) => HostileCase, prefix = ''): Cases =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, make(value)]));

/** Artifacts that hold what their manifests say, with manifests that say what may not be written. */
export const ENTRY_CASES: Cases = {
  ...named(UNSAFE_ENTRIES, (entries) => refused('ARTIFACT_UNSAFE', entries)),
  ...named(CORRUPT_ENTRIES, (entries) => refused('ARTIFACT_CORRUPT', entries)),
  ...named(WINDOWS_PATHS, (path) => refused('ARTIFACT_UNSAFE', [honestFile(path, 'x')], 'win32'), 'on Windows: '),
  ...named(WINDOWS_TARGETS, (target) => refused('ARTIFACT_UNSAFE', [link('a', target)], 'win32'), 'on Windows, link: '),
  'an entry outside of the declared outputs': [
    'ARTIFACT_UNSAFE',
    () => ({ entries: [honestFile('src/main.ts', 'evil')] }),
  ],
  'a file that is there, by its absolute path': [
    'ARTIFACT_UNSAFE',
    ({ precious }) => ({ entries: [honestFile(precious, 'evil')] }),
  ],
  'a file that is there, by climbing': [
    'ARTIFACT_UNSAFE',
    () => ({ entries: [honestFile('../../outside/precious', 'evil')] }),
  ],
  'a link to a file that is there, and a write through it': [
    'ARTIFACT_UNSAFE',
    ({ precious }) => ({ entries: [link('dist/a', precious), honestFile('dist/a', 'evil')] }),
  ],
  'a link to a folder that is there, and a file below it': [
    'ARTIFACT_UNSAFE',
    () => ({ entries: [link('dist/a', '../../../outside'), honestFile('dist/a/precious', 'evil')] }),
  ],
  'a link inside, and a file below it': [
    'ARTIFACT_UNSAFE',
    () => ({ entries: [link('dist/a', 'b'), honestFile('dist/a/precious', 'evil')] }),
  ],
  'a link in place of an empty folder': ['ARTIFACT_CORRUPT', () => ({ entries: [dir('dist/a'), link('dist/a', 'b')] })],
};
