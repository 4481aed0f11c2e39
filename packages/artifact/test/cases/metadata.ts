import { digestOf } from '@velocity/core';
import { metadataText, openingText, pax, rawHeader, rawMember } from '../forge.js';
import { log } from '../support.js';
import { ENTRY, entryText, HEAD, honestStream, MIB, TEXT, type Cases } from './hostile-case.js';

const LINK = { path: 'dist/link', type: 'symlink', target: 'a.js' };

export const METADATA_CASES: Cases = {
  'an empty stream of zeros': ['ARTIFACT_CORRUPT', () => ({ stream: Buffer.alloc(honestStream.length) })],
  'another first member': [
    'ARTIFACT_CORRUPT',
    () => ({ stream: Buffer.concat([rawMember({ name: 'other.json' }, TEXT), honestStream.subarray(HEAD.length)]) }),
  ],
  'a pax header first': ['ARTIFACT_CORRUPT', () => ({ stream: Buffer.concat([pax({ size: '0' }), honestStream]) })],
  'a global pax header first': [
    'ARTIFACT_CORRUPT',
    () => ({ stream: Buffer.concat([rawMember({ name: 'g', type: 'g' }, '9 size=0\n'), honestStream]) }),
  ],
  'a size in base 256': [
    'ARTIFACT_CORRUPT',
    () => ({
      stream: Buffer.concat([
        rawHeader({ name: 'velocity.json', size: Buffer.from('8000000000000000000000ff', 'hex') }),
        honestStream.subarray(512),
      ]),
    }),
  ],
  'a negative size': [
    'ARTIFACT_CORRUPT',
    () => ({
      stream: Buffer.concat([
        rawHeader({ name: 'velocity.json', size: Buffer.alloc(12, 0xff) }),
        honestStream.subarray(512),
      ]),
    }),
  ],
  'a size with blanks': [
    'ARTIFACT_CORRUPT',
    () => ({
      stream: Buffer.concat([rawHeader({ name: 'velocity.json', size: '       1234' }), honestStream.subarray(512)]),
    }),
  ],
  'a size of 8 GiB': [
    'ARTIFACT_CORRUPT',
    () => ({
      stream: Buffer.concat([rawHeader({ name: 'velocity.json', size: '77777777777' }), honestStream.subarray(512)]),
    }),
  ],
  'metadata one byte shorter than said': [
    'ARTIFACT_CORRUPT',
    () => ({
      stream: Buffer.concat([rawHeader({ name: 'velocity.json', size: TEXT.length + 1 }), honestStream.subarray(512)]),
    }),
  ],
  'metadata one byte longer than said': [
    'ARTIFACT_CORRUPT',
    () => ({
      stream: Buffer.concat([rawHeader({ name: 'velocity.json', size: TEXT.length - 1 }), honestStream.subarray(512)]),
    }),
  ],
  'metadata hidden in padding': [
    'ARTIFACT_CORRUPT',
    () => {
      const stream = Buffer.from(honestStream);
      stream[512 + TEXT.length] = 0x20;
      return { stream };
    },
  ],
  'no JSON': ['ARTIFACT_CORRUPT', () => ({ metadata: 'hello\n' })],
  nothing: ['ARTIFACT_CORRUPT', () => ({ metadata: '' })],
  'JSON on one line': ['ARTIFACT_CORRUPT', () => ({ metadata: `${TEXT.replaceAll('\n', '')}\n` })],
  'no line end at the end': ['ARTIFACT_CORRUPT', () => ({ metadata: TEXT.slice(0, -1) })],
  'something behind the end': ['ARTIFACT_CORRUPT', () => ({ metadata: `${TEXT}{}\n` })],
  'a byte-order mark': ['ARTIFACT_CORRUPT', () => ({ metadata: `\ufeff${TEXT}` })],
  'invalid UTF-8': ['ARTIFACT_CORRUPT', () => ({ metadata: Buffer.concat([Buffer.from([0xff]), Buffer.from(TEXT)]) })],
  'version 2': ['ARTIFACT_CORRUPT', () => ({ metadata: TEXT.replace('{"version":1', '{"version":2') })],
  'a manifest of version 2': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: TEXT.replace('"manifest":{"version":1', '"manifest":{"version":2') }),
  ],
  'an unknown field': ['ARTIFACT_CORRUPT', () => ({ metadata: TEXT.replace('{"version":1,', '{"version":1,"x":1,') })],
  'a field twice': ['ARTIFACT_CORRUPT', () => ({ metadata: TEXT.replace('"task":', '"task":"a#b","task":') })],
  'no key': ['ARTIFACT_CORRUPT', () => ({ metadata: TEXT.replace(/"key":"[^"]*",/, '') })],
  'a key that is none': ['ARTIFACT_CORRUPT', () => ({ metadata: TEXT.replace(/"key":"[^"]*"/, '"key":"../x"') })],
  'a numeric task': ['ARTIFACT_CORRUPT', () => ({ metadata: TEXT.replace(/"task":"web#build"/, '"task":5') })],
  'a task of 10,000 characters': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: TEXT.replace('web#build', 'x'.repeat(10_000)) }),
  ],
  'a negative duration': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: TEXT.replace('"durationMs":1234', '"durationMs":-1') }),
  ],
  'no fingerprint': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: `${openingText(log, { fingerprint: undefined })}${entryText}\n]}}\n` }),
  ],
  'a log of a negative size': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: `${openingText(log, { log: { size: -1, digest: digestOf(log) } })}${entryText}\n]}}\n` }),
  ],
  'a log of a gigabyte': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: `${openingText(log, { log: { size: 1024 ** 3, digest: digestOf(log) } })}${entryText}\n]}}\n` }),
  ],
  'a fingerprint of 1,000 levels': [
    'ARTIFACT_TOO_LARGE',
    () => ({
      metadata: `${openingText(log, { fingerprint: 0 }).replace('"fingerprint":0', `"fingerprint":${'['.repeat(1000)}${']'.repeat(1000)}`)}${entryText}\n]}}\n`,
    }),
  ],
  'a fingerprint of a million levels': [
    'ARTIFACT_TOO_LARGE',
    () => ({
      metadata: `${openingText(log, { fingerprint: 0 }).replace('"fingerprint":0', `"fingerprint":${'['.repeat(1_000_000)}`)}${entryText}\n]}}\n`,
    }),
  ],
  'a fingerprint of three million lists': [
    'ARTIFACT_TOO_LARGE',
    () => ({
      metadata: `${openingText(log, { fingerprint: 0 }).replace('"fingerprint":0', `"fingerprint":[${'[],'.repeat(3_000_000)}[]]`)}${entryText}\n]}}\n`,
    }),
  ],
  'a first line of 20 MB': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: `${openingText(log, { fingerprint: 'x'.repeat(20_000_000) })}${entryText}\n]}}\n` }),
  ],
  'a first line that never ends': ['ARTIFACT_CORRUPT', () => ({ metadata: 'x'.repeat(40 * MIB) })],
  'an entry of 100 kB': ['ARTIFACT_CORRUPT', () => ({ metadata: TEXT.replace('dist/a.js', 'x'.repeat(100_000)) })],
  'an entry with blanks': ['ARTIFACT_CORRUPT', () => ({ metadata: TEXT.replace('"path":', '"path": ') })],
  'an entry with a path twice': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: TEXT.replace('{"path":', '{"path":"../x","path":') }),
  ],
  'an entry with a path in escapes': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: TEXT.replace('dist/a.js', '\\u0064ist/a.js') }),
  ],
  'an entry with its fields in another order': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: TEXT.replace(entryText, entryText.replace(/\{("path":"[^"]*"),("type":"file")/, '{$2,$1')) }),
  ],
  'an entry with a number in another form': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: TEXT.replace('"size":1,', '"size":1e0,') }),
  ],
  'an entry that is escaped out of the root': [
    'ARTIFACT_UNSAFE',
    () => ({ metadata: TEXT.replace('dist/a.js', '\\u002e\\u002e/a.js') }),
  ],
  '100,000 entries where one was said': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: `${openingText()}${`${entryText},\n`.repeat(100_000)}${entryText}\n]}}\n` }),
  ],
  'entries without a comma': [
    'ARTIFACT_CORRUPT',
    () => ({ entries: [ENTRY, LINK], metadata: metadataText([ENTRY, LINK]).replace('},\n', '}\n') }),
  ],
  'an entry whose size is minus zero': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: TEXT.replace('"size":1,', '"size":-0,') }),
  ],
  'an entry of 10^400 bytes': ['ARTIFACT_CORRUPT', () => ({ metadata: TEXT.replace('"size":1,', '"size":1e400,') })],
  'an entry with a slash in escapes': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: TEXT.replace('dist/a.js', 'dist\\/a.js') }),
  ],
  'an entry with a NUL in escapes': ['ARTIFACT_UNSAFE', () => ({ metadata: TEXT.replace('dist/a.js', 'a\\u0000b') })],
  'an entry with a NUL as it is': ['ARTIFACT_CORRUPT', () => ({ metadata: TEXT.replace('dist/a.js', 'a\0b') })],
  'an entry with half a character of UTF-8': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: Buffer.from(TEXT.replace('dist/a.js', 'dist/\u00ff.js'), 'latin1') }),
  ],
  'an entry with an overlong slash': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: Buffer.from(TEXT.replace('dist/a.js', '..\u00c0\u00afa.js'), 'latin1') }),
  ],
  'an entry with a surrogate as UTF-8': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: Buffer.from(TEXT.replace('dist/a.js', 'a\u00ed\u00a0\u0080'), 'latin1') }),
  ],
  'lines that end as on Windows': ['ARTIFACT_CORRUPT', () => ({ metadata: TEXT.replaceAll('\n', '\r\n') })],
  'a fingerprint that is none': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: TEXT.replace(/"fingerprint":.*,"manifest"/, '"fingerprint":{"a":},"manifest"') }),
  ],
  'a fingerprint that goes on as another field': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: TEXT.replace(/"fingerprint":.*,"manifest"/, '"fingerprint":{},"task":"a#b","manifest"') }),
  ],
  'a fingerprint with a manifest of its own': [
    'ARTIFACT_CORRUPT',
    () => ({
      metadata: TEXT.replace(
        /"fingerprint":.*,"manifest"/,
        '"fingerprint":0,"manifest":{"version":1,"entries":[]},"manifest"',
      ),
    }),
  ],
  'a fingerprint that is not valid UTF-8': [
    'ARTIFACT_CORRUPT',
    () => ({
      metadata: Buffer.from(TEXT.replace(/"fingerprint":.*,"manifest"/, '"fingerprint":"\u00ff","manifest"'), 'latin1'),
    }),
  ],
  'a fingerprint with an unfinished escape': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: TEXT.replace(/"fingerprint":.*,"manifest"/, '"fingerprint":"\\u12","manifest"') }),
  ],
  'a fingerprint with a number that has no end': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: TEXT.replace(/"fingerprint":.*,"manifest"/, `"fingerprint":${'9'.repeat(10_000)},"manifest"`) }),
  ],
};
