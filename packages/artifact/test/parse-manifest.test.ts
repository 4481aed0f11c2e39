import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digestOf, isVelocityError } from '@velocity/core';
import { parseManifest } from '@velocity/artifact';

const digest = digestOf('x');
const file = (path: string): object => ({ path, type: 'file', executable: false, size: 1, digest });
const link = (path: string, target: string): object => ({ path, type: 'symlink', target });
const dir = (path: string): object => ({ path, type: 'directory' });

function verdict(entries: readonly unknown[], platform: NodeJS.Platform = 'linux'): string {
  try {
    parseManifest({ version: 1, entries }, { platform });
    return 'accepted';
  } catch (error) {
    if (isVelocityError(error)) return error.code;
    throw error;
  }
}

const UNSAFE: Readonly<Record<string, readonly unknown[]>> = {
  'an absolute path': [file('/etc/passwd')],
  'a doubled root': [file('//etc/passwd')],
  'a parent segment': [file('../x')],
  'a parent segment inside': [file('dist/../../x')],
  'a current segment': [file('./x')],
  'an empty segment': [file('a//b')],
  'a trailing slash': [file('a/')],
  'an empty path': [file('')],
  'a NUL character': [file('a\0b')],
  'a backslash': [file('a\\b')],
  'a backslash that climbs': [file('..\\x')],
  'a lone surrogate': [file('a\ud800')],
  'a segment of 256 bytes': [file('é'.repeat(128))],
  'a path of 1025 bytes': [file(`${'a'.repeat(200)}/`.repeat(5) + 'b'.repeat(20))],
  '65 segments': [file('a/'.repeat(64) + 'b')],
  '10,000 segments': [file('a/'.repeat(10_000) + 'b')],
  'names that differ in case': [file('README'), file('readme')],
  'folders that differ in case': [file('Lib/a'), file('lib/b')],
  'a folder and a file that differ in case': [file('LIB'), file('lib/b')],
  'composed and decomposed': [file('e\u0301'), file('\u00e9')],
  'ß and ss': [file('gross'), file('groß')],
  'the ligature ﬁ': [file('fi'), file('ﬁ')],
  'the Kelvin sign': [file('k'), file('\u212a')],
  'an entry below a file': [file('a'), file('a/b')],
  'an entry below a link': [link('a', 'b'), file('a/x')],
  'an entry deep below a link': [link('a', 'b'), file('a/b/c/d')],
  'an entry below a listed folder': [dir('a'), file('a/b')],
  'a link to an absolute path': [link('a', '/etc')],
  'a link that climbs out': [link('a', '..')],
  'a link that climbs out from below': [link('a/b', '../..')],
  'a link that goes down and out': [link('a/b', 'c/../../..')],
  'a link with .. after a name': [link('a/b', 'c/..')],
  'a link to nothing': [link('a', '')],
  'a link with a NUL character': [link('a', 'b\0c')],
  'a link with a backslash': [link('a', '..\\..\\x')],
  'a link to 1025 bytes': [link('a', 'x'.repeat(1025))],
  'a hard link': [{ path: 'a', type: 'link', target: 'b' }],
  'a device': [{ path: 'a', type: 'character-device' }],
  'a FIFO': [{ path: 'a', type: 'fifo' }],
  'a setuid mode': [{ path: 'a', type: 'file', executable: true, size: 1, digest, mode: 0o4755 }],
  'an owner': [{ path: 'a', type: 'directory', uid: 0 }],
  'a field of another type': [{ path: 'a', type: 'symlink', target: 'b', size: 1 }],
  'a prototype as own field': [JSON.parse('{"path":"a","type":"directory","__proto__":{}}')],
};

const CORRUPT: Readonly<Record<string, readonly unknown[]>> = {
  'the same path twice': [file('a'), file('a')],
  'the wrong order': [file('b'), file('a')],
  'the order of a locale': [file('a'), file('B')],
  'no object': ['a'],
  null: [null],
  'a list': [['a', 'file']],
  'no path': [{ type: 'directory' }],
  'a numeric path': [{ path: 5, type: 'directory' }],
  'a negative size': [{ path: 'a', type: 'file', executable: false, size: -1, digest }],
  'minus zero': [{ path: 'a', type: 'file', executable: false, size: -0, digest }],
  'a fraction': [{ path: 'a', type: 'file', executable: false, size: 0.5, digest }],
  'a size beyond 2^53': [{ path: 'a', type: 'file', executable: false, size: 2 ** 53, digest }],
  'a size as text': [{ path: 'a', type: 'file', executable: false, size: '1', digest }],
  'no size': [{ path: 'a', type: 'file', executable: false, digest }],
  'a number as executable': [{ path: 'a', type: 'file', executable: 1, size: 1, digest }],
  'no digest': [{ path: 'a', type: 'file', executable: false, size: 1 }],
  'an upper-case digest': [{ path: 'a', type: 'file', executable: false, size: 1, digest: digest.toUpperCase() }],
  'a link without target': [{ path: 'a', type: 'symlink' }],
};

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

test.each(Object.entries(UNSAFE))('%s is unsafe', (_, entries) => {
  expect(verdict(entries)).toBe('ARTIFACT_UNSAFE');
});

test.each(Object.entries(CORRUPT))('%s is corrupt', (_, entries) => {
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
