import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isVelocityError } from '@velocity/core';
import { parseManifest } from '@velocity/artifact';
import { CORRUPT_ENTRIES, digest, file, link, UNSAFE_ENTRIES } from './hostile-entries.js';

function verdict(entries: readonly unknown[], platform: NodeJS.Platform = 'linux'): string {
  try {
    parseManifest({ version: 1, entries }, { platform });
    return 'accepted';
  } catch (error) {
    if (isVelocityError(error)) return error.code;
    throw error;
  }
}

const WINDOWS: readonly string[] = [
  'C:x',
  'C:/x',
  'c:..',
  'a:stream',
  'CON',
  'con.txt',
  'dist/NUL',
  'lpt1.log',
  'COM\u00b9',
  'a.',
  'a ',
  'dir./x',
  'a|b',
  'a?',
  'a*',
  '<a',
  '"a"',
  'a\nb',
  'PROGRA~1',
];

test.each(Object.entries(UNSAFE_ENTRIES))('%s is unsafe', (_, entries) => {
  expect(verdict(entries)).toBe('ARTIFACT_UNSAFE');
});

test.each(Object.entries(CORRUPT_ENTRIES))('%s is corrupt', (_, entries) => {
  expect(verdict(entries)).toBe('ARTIFACT_CORRUPT');
});

test.each(WINDOWS)('%j is unsafe on Windows only', (path) => {
  expect(verdict([file(path)], 'win32')).toBe('ARTIFACT_UNSAFE');
  expect(verdict([file(path)])).toBe('accepted');
});

test.each(['C:x', 'C:/x', 'a/NUL', 'a:b'])('a link to %j is unsafe on Windows', (target) => {
  expect(verdict([link('a', target)], 'win32')).toBe('ARTIFACT_UNSAFE');
});

test.each(['b', './b', 'b/', 'a/b/c', '../..', '../../x/y', '..//./../z', 'no such', 'line\nbreak'])(
  'a link to %j is fine',
  (target) => {
    expect(verdict([link('p/q/r', target)])).toBe('accepted');
  },
);

test('names that look alike and are not taken for one are fine', () => {
  expect(verdict([file('a b'), file('a\nb'), file('a-b'), file('a/b'), file('ab')].sort(byPath))).toBe('accepted');
});

test.each([
  null,
  1,
  'x',
  [],
  {},
  { version: 2, entries: [] },
  { version: 1 },
  { version: 1, entries: {} },
  { version: 1, entries: [], extra: 1 },
])('%j is no manifest', (value) => {
  expect(() => parseManifest(value)).toThrow(expect.objectContaining({ code: 'ARTIFACT_CORRUPT' }));
});

describe('limits', () => {
  const entries = [file('a'), file('b/c'), file('d')];

  test.each([{ maxEntries: 2 }, { maxOutputSize: 2 }])('%j is too little for three files', (limits) => {
    expect(() => parseManifest({ version: 1, entries }, { limits })).toThrow(
      expect.objectContaining({ code: 'ARTIFACT_TOO_LARGE' }),
    );
  });

  test('sizes are summed without overflow', () => {
    const huge = ['a', 'b', 'c'].map((path) => ({ ...file(path), size: Number.MAX_SAFE_INTEGER }));
    expect(verdict(huge)).toBe('ARTIFACT_TOO_LARGE');
  });

  test('folders that only a path implies are counted', () => {
    const deep = Array.from({ length: 40 }, (_, index) =>
      file(`${String(index).padStart(2, '0')}/${'x/'.repeat(60)}y`),
    );
    expect(() => parseManifest({ version: 1, entries: deep }, { limits: { maxEntries: 100 } })).toThrow('folders');
  });
});

test('a path that the task does not declare is unsafe', () => {
  const accepts = (path: string): boolean => path.startsWith('dist/');
  const manifest = { version: 1, entries: [file('dist/a'), file('src/b')] };
  expect(() => parseManifest(manifest, { accepts })).toThrow('"src/b" is not an output of this task');
});

test('a hostile path is printed with its control characters escaped', () => {
  const parse = (): unknown => parseManifest({ version: 1, entries: [file('../\u001b[2J\n')] }, { platform: 'linux' });
  expect(parse).toThrow('"../\\u001b[2J\\u000a"');
});

test('anything at all is accepted or refused with one of three codes', () => {
  const entry = fc.record(
    {
      path: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(fc.constantFrom('a', 'B', '..', '.', '', 'x')).map((list) => list.join('/')),
      ),
      type: fc.constantFrom('file', 'symlink', 'directory', 'x'),
      executable: fc.boolean(),
      size: fc.oneof(fc.nat(), fc.double()),
      digest: fc.constant(digest),
      target: fc.string(),
    },
    { requiredKeys: [] },
  );
  const value = fc.oneof(
    fc.jsonValue(),
    fc.array(fc.oneof(entry, fc.jsonValue())).map((entries) => ({ version: 1, entries })),
  );
  fc.assert(
    fc.property(value, (input) => {
      try {
        parseManifest(input);
      } catch (error) {
        expect(['ARTIFACT_CORRUPT', 'ARTIFACT_UNSAFE', 'ARTIFACT_TOO_LARGE']).toContain(
          (error as { code: string }).code,
        );
      }
    }),
    { numRuns: 2000 },
  );
});

function byPath(a: object, b: object): number {
  return (a as { path: string }).path < (b as { path: string }).path ? -1 : 1;
}
