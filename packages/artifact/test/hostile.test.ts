import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { digestOf } from '@velocity/core';
import { readArtifactHead, unpackArtifact, type ArtifactDescription, type OpenBlob } from '@velocity/artifact';
import { readTree, tempDir, writeTree, type TempDir } from '@velocity/testing';
import {
  END,
  forge,
  framesOf,
  honestFile,
  metadataText,
  openingText,
  pax,
  rawHeader,
  rawMember,
  storedFrame,
  type Forged,
  type Forgery,
} from './forge.js';
import { CORRUPT_ENTRIES, UNSAFE_ENTRIES } from './hostile-entries.js';
import { codecs, log, opener } from './support.js';

type Code = 'ARTIFACT_CORRUPT' | 'ARTIFACT_UNSAFE' | 'ARTIFACT_TOO_LARGE';

const MIB = 1024 ** 2;

interface Attempt {
  readonly code: string;
  readonly written: number;
}

/** Unpacks next to a file that must stay, and says what came of it. */
async function attempt(forged: Forged, codec = codecs[0], openBlob: OpenBlob = opener(forged.blobs)): Promise<Attempt> {
  using dir = tempDir();
  writeTree(dir.path, { 'work/staging': { dir: true }, 'outside/precious': 'x', 'work/precious': 'x' });
  let code = 'accepted';
  try {
    if (codec === undefined) throw new Error('no codec');
    await unpackArtifact({
      description: forged.description,
      openBlob,
      codec,
      stagingDir: dir.join('work/staging'),
      logFile: dir.join('work/log'),
      accepts: (path) => !path.startsWith('src/'),
    });
  } catch (error) {
    code = (error as { code?: string }).code ?? String(error);
  }
  const { 'work/log': _, ...tree } = readTree(dir.path);
  const outside = Object.entries(tree).filter(([path]) => !path.startsWith('work/staging'));
  expect(outside).toEqual([
    ['outside/precious', 'file x'],
    ['work/precious', 'file x'],
  ]);
  const written = Object.values(tree).reduce((sum, text) => sum + text.length, 0);
  return { code, written };
}

const describing =
  (changes: object) =>
  (honest: ArtifactDescription): unknown => ({ ...honest, ...changes });
const describingBlob =
  (changes: object) =>
  (honest: ArtifactDescription): unknown => ({
    ...honest,
    blobs: honest.blobs.map((blob) => ({ ...blob, ...changes })),
  });

const ENTRY = honestFile('dist/a.js', 'a');
const entryText = JSON.stringify(ENTRY);
const TEXT = metadataText([ENTRY]);
const MEMBER = rawMember({ name: 'outputs/dist/a.js' }, 'a');
const LINK = { path: 'dist/link', type: 'symlink', target: 'a.js' };
const head = (metadata: string): Buffer =>
  Buffer.concat([rawMember({ name: 'velocity.json' }, metadata), rawMember({ name: 'log' }, log)]);
const HEAD = head(TEXT);
const honestStream = Buffer.concat([HEAD, MEMBER, END]);
const block = (type: number, size: number, isLast: boolean, content: readonly number[]): Buffer => {
  const header = Buffer.alloc(3);
  header.writeUIntLE((size << 3) | (type << 1) | (isLast ? 1 : 0), 0, 3);
  return Buffer.concat([header, Buffer.from(content)]);
};
const frame = (descriptor: number, window: readonly number[], ...blocks: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, descriptor, ...window]), ...blocks]);
const oneFrame = (bytes: Buffer, unpackedSize = honestStream.length): Forgery => ({
  frames: [{ bytes, unpackedSize }],
});
const stored = storedFrame(honestStream);
const withHeader = (header: Buffer): Forgery => ({
  members: Buffer.concat([header, Buffer.from('a'), Buffer.alloc(511), END]),
});

const CASES: Readonly<Record<string, readonly [Code, () => Forgery]>> = {
  // What a description says before a byte is fetched.
  'no blobs': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ blobs: [] }) })],
  'blobs that are no list': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ blobs: 'x' }) })],
  '20,000 blobs': [
    'ARTIFACT_TOO_LARGE',
    () => ({ describe: (honest) => ({ ...honest, blobs: Array(20_000).fill(honest.blobs[0]) }) }),
  ],
  'a million entries, as said': ['ARTIFACT_TOO_LARGE', () => ({ describe: describing({ entryCount: 1_000_000 }) })],
  'a terabyte, as said': ['ARTIFACT_TOO_LARGE', () => ({ describe: describing({ outputSize: 1e12 }) })],
  'a negative count': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ entryCount: -1 }) })],
  'a fraction of a byte': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ outputSize: 0.5 }) })],
  'a manifest digest that is none': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ manifestDigest: '../x' }) })],
  'a blob digest that is none': ['ARTIFACT_CORRUPT', () => ({ describe: describingBlob({ digest: 'x'.repeat(64) }) })],
  'a blob of no bytes': ['ARTIFACT_CORRUPT', () => ({ describe: describingBlob({ size: 0 }) })],
  'a blob of NaN bytes': ['ARTIFACT_CORRUPT', () => ({ describe: describingBlob({ size: Number.NaN }) })],
  'a blob that unpacks to nothing': ['ARTIFACT_CORRUPT', () => ({ describe: describingBlob({ unpackedSize: 0 }) })],
  'a blob that unpacks to a gigabyte': [
    'ARTIFACT_TOO_LARGE',
    () => ({ describe: describingBlob({ unpackedSize: 1024 ** 3 }) }),
  ],
  'a blob far longer than what it unpacks to': [
    'ARTIFACT_TOO_LARGE',
    () => ({ describe: describingBlob({ size: 100 * MIB }) }),
  ],
  'far more blobs than files': [
    'ARTIFACT_TOO_LARGE',
    () => ({
      describe: (honest) => ({ ...honest, blobs: Array(1000).fill({ ...honest.blobs[0], unpackedSize: 16 * MIB }) }),
    }),
  ],
  // What the description and the artifact say differently.
  'another manifest': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ manifestDigest: digestOf('other') }) })],
  'one entry more than said': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ entryCount: 0 }) })],
  'one entry less than said': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ entryCount: 2 }) })],
  'more bytes than said': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ outputSize: 0 }) })],
  'less bytes than said': ['ARTIFACT_CORRUPT', () => ({ describe: describing({ outputSize: 2 }) })],
  'a blob that unpacks to one byte more': [
    'ARTIFACT_CORRUPT',
    () => ({ describe: describingBlob({ unpackedSize: honestStream.length + 1 }) }),
  ],
  'a blob that unpacks to one byte less': [
    'ARTIFACT_CORRUPT',
    () => ({ describe: describingBlob({ unpackedSize: honestStream.length - 1 }) }),
  ],
  'a blob of one byte less': ['ARTIFACT_CORRUPT', () => ({ describe: describingBlob({ size: stored.length - 1 }) })],
  'a blob of one byte more': ['ARTIFACT_CORRUPT', () => ({ describe: describingBlob({ size: stored.length + 1 }) })],
  'a blob with another digest': [
    'ARTIFACT_CORRUPT',
    () => ({ describe: describingBlob({ digest: digestOf('other') }) }),
  ],
  // Frames.
  'no zstd at all': ['ARTIFACT_CORRUPT', () => oneFrame(Buffer.from('plain text, not zstd'))],
  'a gzip file': ['ARTIFACT_CORRUPT', () => oneFrame(Buffer.from('1f8b0800000000000003', 'hex'))],
  'an old zstd frame (v0.7)': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(Buffer.concat([Buffer.from([0x27]), stored.subarray(1)])),
  ],
  'a skippable frame first': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(Buffer.concat([Buffer.from('502a4d1800000000', 'hex'), stored])),
  ],
  'two frames': ['ARTIFACT_CORRUPT', () => oneFrame(Buffer.concat([stored, stored]))],
  'bytes behind the frame': ['ARTIFACT_CORRUPT', () => oneFrame(Buffer.concat([stored, Buffer.from('x')]))],
  'half a frame': ['ARTIFACT_CORRUPT', () => oneFrame(stored.subarray(0, stored.length / 2))],
  'a frame without its last block': ['ARTIFACT_CORRUPT', () => oneFrame(frame(0, [0x50], block(0, 1, false, [65])))],
  'a window of 2 GiB': ['ARTIFACT_CORRUPT', () => oneFrame(frame(0, [21 << 3], stored.subarray(6)))],
  'a window of 9 MiB': ['ARTIFACT_CORRUPT', () => oneFrame(frame(0, [(13 << 3) | 1], stored.subarray(6)))],
  'a single segment of 12 MiB': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(frame(0xa0, [0, 0, 0xc0, 0], stored.subarray(6)), 12 * MIB),
  ],
  'a dictionary': ['ARTIFACT_CORRUPT', () => oneFrame(frame(1, [0x50, 7], stored.subarray(6)))],
  'a reserved bit': ['ARTIFACT_CORRUPT', () => oneFrame(frame(8, [0x50], stored.subarray(6)))],
  'a reserved block type': ['ARTIFACT_CORRUPT', () => oneFrame(frame(0, [0x50], block(3, 1, true, [0])))],
  'a block above 128 KiB': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(frame(0, [0x50], block(1, 131_073, true, [0])), 131_073),
  ],
  'a content size that lies': ['ARTIFACT_CORRUPT', () => oneFrame(frame(0x80, [0x50, 1, 0, 0, 0], stored.subarray(6)))],
  'a checksum that is wrong': [
    'ARTIFACT_CORRUPT',
    () => oneFrame(Buffer.concat([frame(4, [0x50], stored.subarray(6)), Buffer.from('abcd')])),
  ],
  'a bomb of runs: 100 GB from 3 MB': [
    'ARTIFACT_CORRUPT',
    () =>
      oneFrame(
        frame(0, [0x50], Buffer.alloc(4 * 800_000, block(1, 131_072, false, [0])), block(0, 0, true, [])),
        16 * MIB,
      ),
  ],
  'a garbage block': ['ARTIFACT_CORRUPT', () => oneFrame(frame(0, [0x50], block(2, 40, true, Array(40).fill(0xff))))],
  'a million empty blocks': [
    'ARTIFACT_CORRUPT',
    () =>
      oneFrame(frame(0, [0x50], Buffer.alloc(3 * 1_000_000, block(0, 0, false, [])), block(0, 0, true, [])), 4 * MIB),
  ],
  // velocity.json as a member.
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
  // velocity.json as a text.
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
  'a million entries where one was said': [
    'ARTIFACT_CORRUPT',
    () => ({ metadata: `${openingText()}${`${entryText},\n`.repeat(100_000)}${entryText}\n]}}\n` }),
  ],
  'entries without a comma': [
    'ARTIFACT_CORRUPT',
    () => ({ entries: [ENTRY, LINK], metadata: metadataText([ENTRY, LINK]).replace('},\n', '}\n') }),
  ],
  'an entry outside of the declared outputs': [
    'ARTIFACT_UNSAFE',
    () => ({ entries: [honestFile('src/main.ts', 'evil')] }),
  ],
  // The log.
  'a log of another size': ['ARTIFACT_CORRUPT', () => ({ logMember: rawMember({ name: 'log' }, log.subarray(1)) })],
  'a log with other bytes': [
    'ARTIFACT_CORRUPT',
    () => ({ logMember: rawMember({ name: 'log' }, Buffer.from(log).fill(0x78, 8, 12)) }),
  ],
  'a log that is not framed': ['ARTIFACT_CORRUPT', () => ({ log: Buffer.from('plain text') })],
  'a log that ends within a frame': ['ARTIFACT_CORRUPT', () => ({ log: log.subarray(0, -1) })],
  'a log by another name': ['ARTIFACT_CORRUPT', () => ({ logMember: rawMember({ name: '../log' }, log) })],
  'a log that is a link': [
    'ARTIFACT_CORRUPT',
    () => ({ logMember: rawMember({ name: 'log', type: '2', target: '/etc/passwd', size: log.length }, log) }),
  ],
  // Members and their headers.
  'a member by another name': ['ARTIFACT_CORRUPT', () => withHeader(rawHeader({ name: 'outputs/dist/b.js', size: 1 }))],
  'a member outside of outputs': ['ARTIFACT_CORRUPT', () => withHeader(rawHeader({ name: '../../precious', size: 1 }))],
  'a member with a prefix': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', prefix: '/', size: 1 })),
  ],
  'a name hidden behind a NUL': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js\0../x', size: 1 })),
  ],
  'a link instead of a file': [
    'ARTIFACT_CORRUPT',
    () =>
      withHeader(rawHeader({ name: 'outputs/dist/a.js', type: '2', target: '/etc/passwd', mode: '0000644', size: 1 })),
  ],
  'a hard link instead of a file': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', type: '1', target: 'log', mode: '0000644', size: 1 })),
  ],
  'a device instead of a file': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', type: '3', mode: '0000644', size: 1 })),
  ],
  'a FIFO instead of a file': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', type: '6', mode: '0000644', size: 1 })),
  ],
  'an unknown type': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', type: 'Z', mode: '0000644', size: 1 })),
  ],
  'a sparse file': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', type: 'S', mode: '0000644', size: 1 })),
  ],
  'a setuid bit': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', mode: '0004755', size: 1 })),
  ],
  'an executable bit': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', mode: '0000755', size: 1 })),
  ],
  'an owner': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', owner: '0001750', size: 1 })),
  ],
  'a time': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', time: '14000000000', size: 1 })),
  ],
  'a larger size in the header': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', size: 2 })),
  ],
  'a size of 0 in the header': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', size: 0 })),
  ],
  'a wrong header checksum': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', size: 1, checksum: '0000000\0' })),
  ],
  'a pax path': [
    'ARTIFACT_CORRUPT',
    () => ({ members: Buffer.concat([pax({ path: '../../precious' }), MEMBER, END]) }),
  ],
  'a pax size': ['ARTIFACT_CORRUPT', () => ({ members: Buffer.concat([pax({ size: '1000' }), MEMBER, END]) })],
  'a pax link path': [
    'ARTIFACT_CORRUPT',
    () => ({ members: Buffer.concat([pax({ linkpath: '/etc/passwd' }), MEMBER, END]) }),
  ],
  'a pax path with a NUL': [
    'ARTIFACT_CORRUPT',
    () => ({ members: Buffer.concat([pax({ path: 'dist/a\0/../x' }), MEMBER, END]) }),
  ],
  'a pax header for a pax header': [
    'ARTIFACT_CORRUPT',
    () => ({ members: Buffer.concat([pax({ size: '1024' }), pax({ path: 'x' }), MEMBER, END]) }),
  ],
  'a GNU long name': [
    'ARTIFACT_CORRUPT',
    () => ({
      members: Buffer.concat([rawMember({ name: '././@LongLink', type: 'L' }, '../../precious\0'), MEMBER, END]),
    }),
  ],
  'a member twice': ['ARTIFACT_CORRUPT', () => ({ members: Buffer.concat([MEMBER, MEMBER, END]) })],
  'a member more': [
    'ARTIFACT_CORRUPT',
    () => ({ members: Buffer.concat([MEMBER, rawMember({ name: 'outputs/../x' }, 'evil'), END]) }),
  ],
  'a link first, then a file through it': [
    'ARTIFACT_CORRUPT',
    () => ({ members: Buffer.concat([rawMember({ name: 'outputs/dist', type: '2', target: '/tmp' }), MEMBER, END]) }),
  ],
  'a member less': ['ARTIFACT_CORRUPT', () => ({ members: END })],
  'members in another order': [
    'ARTIFACT_CORRUPT',
    () => ({
      entries: [ENTRY, honestFile('dist/b.js', 'b')],
      members: Buffer.concat([rawMember({ name: 'outputs/dist/b.js' }, 'b'), MEMBER, END]),
    }),
  ],
  'no end mark': ['ARTIFACT_CORRUPT', () => ({ members: MEMBER })],
  'half an end mark': ['ARTIFACT_CORRUPT', () => ({ members: Buffer.concat([MEMBER, END.subarray(512)]) })],
  'an end mark too early': ['ARTIFACT_CORRUPT', () => ({ members: Buffer.concat([END, MEMBER]) })],
  'something behind the end mark': ['ARTIFACT_CORRUPT', () => ({ members: Buffer.concat([MEMBER, END, MEMBER]) })],
  'something in the padding': [
    'ARTIFACT_CORRUPT',
    () => ({ members: Buffer.concat([MEMBER.subarray(0, -1), Buffer.from('x'), END]) }),
  ],
  'other content': [
    'ARTIFACT_CORRUPT',
    () => ({ members: Buffer.concat([rawMember({ name: 'outputs/dist/a.js' }, 'b'), END]) }),
  ],
  'a link with another target': [
    'ARTIFACT_CORRUPT',
    () => ({
      entries: [LINK],
      members: Buffer.concat([rawMember({ name: 'outputs/dist/link', type: '2', target: '/etc/passwd' }), END]),
    }),
  ],
  'a folder that is a link': [
    'ARTIFACT_CORRUPT',
    () => ({
      entries: [{ path: 'dist/x', type: 'directory' }],
      members: Buffer.concat([rawMember({ name: 'outputs/dist/x/', type: '2', target: '/tmp' }), END]),
    }),
  ],
};

test('the generator’s honest artifact is accepted: so it is the lie that a case is refused for', async () => {
  const entries = [ENTRY, LINK, { path: 'dist/x', type: 'directory' }];
  expect(await attempt(forge({ entries }))).toMatchObject({ code: 'accepted' });
  expect(await attempt(forge({ frames: framesOf(honestStream) }))).toMatchObject({ code: 'accepted' });
});

describe.each(codecs)('with the $name codec', (codec) => {
  test.each(Object.entries(CASES))('%s', async (_, [code, forgery]) => {
    const { code: actual, written } = await attempt(forge(forgery()), codec);
    expect(actual).toBe(code);
    expect(written).toBeLessThan(MIB);
  });
});

test.each(Object.entries(UNSAFE_ENTRIES))('a manifest with %s', async (_, entries) => {
  // A line may also be too long, or not as it would be written: then it is corrupt before it is unsafe.
  const { code, written } = await attempt(forge({ entries }));
  expect(['ARTIFACT_UNSAFE', 'ARTIFACT_CORRUPT']).toContain(code);
  expect(written).toBeLessThan(100);
});

test.each(Object.entries(CORRUPT_ENTRIES))('a manifest with %s', async (_, entries) => {
  expect(await attempt(forge({ entries }))).toMatchObject({ code: 'ARTIFACT_CORRUPT' });
});

describe('streams behind openBlob', () => {
  const forged = forge();

  test('one that never ends is cut at the length that was said', async () => {
    let sent = 0;
    const endless: OpenBlob = async function* open() {
      for (;;) {
        sent += 65_536;
        yield Buffer.alloc(65_536);
      }
    };
    expect(await attempt(forged, codecs[0], endless)).toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    expect(sent).toBe(65_536);
  });

  test('one of empty pieces, one of single bytes and one in one piece are all read', async () => {
    const bytes = forged.blobs[0]?.bytes ?? new Uint8Array();
    const pieces: readonly (readonly Uint8Array[])[] = [
      [new Uint8Array(), bytes, new Uint8Array()],
      Array.from(bytes, (byte) => Uint8Array.of(byte)),
      [bytes],
    ];
    for (const list of pieces) {
      const open: OpenBlob = async function* opened() {
        yield* list;
      };
      expect(await attempt(forged, codecs[0], open)).toMatchObject({ code: 'accepted' });
    }
  });

  test('nothing of a blob is used before its digest was found right', async () => {
    const original = forge({ entries: [honestFile('dist/a.js', 'a')] });
    const other = forge({ entries: [honestFile('dist/b.js', 'b')] });
    const swapped = { ...original, blobs: other.blobs };
    expect(await attempt(swapped)).toMatchObject({ code: 'ARTIFACT_CORRUPT', written: expect.any(Number) });
  });
});

test('the head alone is checked as strictly', async () => {
  for (const [code, forgery] of Object.values(CASES).slice(0, 60)) {
    const forged = forge(forgery());
    const options = { description: forged.description, openBlob: opener(forged.blobs), codec: codecs[0] as never };
    await expect(readArtifactHead(options)).rejects.toMatchObject({ code });
  }
});

describe('a staging folder that someone else can write to', () => {
  let dir: TempDir;
  beforeAll(() => {
    dir = tempDir();
  });
  afterAll(() => dir[Symbol.dispose]());

  test('a log file that exists is not overwritten, nor written through a link', async () => {
    writeTree(dir.path, { staging: { dir: true }, precious: 'x', log: { link: 'precious' } });
    const forged = forge();
    const unpacking = unpackArtifact({
      description: forged.description,
      openBlob: opener(forged.blobs),
      codec: codecs[0] as never,
      stagingDir: dir.join('staging'),
      logFile: dir.join('log'),
      accepts: () => true,
    });
    await expect(unpacking).rejects.toMatchObject({ code: 'ARTIFACT_UNSAFE' });
    expect(readFileSync(dir.join('precious'), 'utf8')).toBe('x');
  });
});
