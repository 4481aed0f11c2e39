import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { readArtifactHead, unpackArtifact, type Codec, type OpenBlob } from '@velocity/artifact';
import { readTree, tempDir, writeTree } from '@velocity/testing';
import { CORPUS } from './cases/corpus.js';
import { ENTRY, honestStream, MEMBER } from './cases/hostile-case.js';
import { END, forge, framesOf, honestFile, rawBlocks, rawFrame, streamOf, type Forged } from './forge.js';
import { UNSAFE_ENTRIES } from './hostile-entries.js';
import { codec, codecs, opener } from './support.js';

test('the corpus has at least 250 cases', () => {
  const count = Object.values(CORPUS).reduce((sum, cases) => sum + Object.keys(cases).length, 0);
  expect(count).toBeGreaterThanOrEqual(250);
});

async function verdict(forged: Forged, by: Codec, openBlob: OpenBlob = opener(forged.blobs)): Promise<string> {
  using dir = tempDir();
  writeTree(dir.path, { staging: { dir: true } });
  const { description } = forged;
  const places = { stagingDir: dir.join('staging'), logFile: dir.join('log') };
  try {
    await unpackArtifact({ description, openBlob, codec: by, ...places, accepts: () => true });
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe.each(codecs)(
  'what is odd and true is accepted by the $name codec: so it is the lie that a case is refused for',
  (by) => {
    const size = honestStream.length;
    test.each<[string, Forged]>([
      ['an artifact without an encoder', forge()],
      [
        'links, also broken ones, and empty folders',
        forge({
          entries: [
            ENTRY,
            { path: 'dist/link', type: 'symlink', target: 'a.js' },
            { path: 'dist/m', type: 'symlink', target: '../x/' },
            { path: 'dist/x', type: 'directory' },
          ],
        }),
      ],
      ['segments of one byte', forge({ frames: framesOf(honestStream, 1) })],
      ['cuts within headers', forge({ frames: framesOf(honestStream, 100) })],
      [
        'a window of 8 MiB',
        forge({
          frames: [
            { bytes: rawFrame({ contentSize: size, window: 13 << 3 }, rawBlocks(honestStream)), unpackedSize: size },
          ],
        }),
      ],
      [
        'a single segment',
        forge({
          frames: [
            { bytes: rawFrame({ contentSize: size, window: undefined }, rawBlocks(honestStream)), unpackedSize: size },
          ],
        }),
      ],
      ['an empty log', forge({ log: Buffer.alloc(0) })],
      ['no entries', forge({ entries: [] })],
      ['members as they should be', forge({ members: Buffer.concat([MEMBER, END]) })],
    ])('%s', async (_, forged) => {
      expect(await verdict(forged, by)).toBe('accepted');
    });
  },
);

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
    expect(await verdict(forged, codec, endless)).toBe('ARTIFACT_CORRUPT');
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
      expect(await verdict(forged, codec, open)).toBe('accepted');
    }
  });

  test('nothing of a blob is used before its digest was found right', async () => {
    const original = forge({ entries: [honestFile('dist/a.js', 'a')] });
    const other = forge({ entries: [honestFile('dist/b.js', 'b')] });
    expect(await verdict({ ...original, blobs: other.blobs }, codec)).toBe('ARTIFACT_CORRUPT');
  });
});

describe('the head alone', () => {
  test.each(Object.entries(UNSAFE_ENTRIES))('is checked as strictly: %s', async (_, entries) => {
    const { description, blobs } = forge({ entries });
    const reading = readArtifactHead({ description, openBlob: opener(blobs), codec });
    await expect(reading).rejects.toMatchObject({ code: expect.stringMatching(/^ARTIFACT_(UNSAFE|CORRUPT)$/) });
  });

  test('pieces of a log stay as they are when the next is read', async () => {
    const size = 3 * 1024 ** 2;
    const frame = Buffer.alloc(8 + size, 'l');
    frame.writeUInt32BE(0x0100_0000);
    frame.writeUInt32BE(size, 4);
    const { description, blobs } = forge({
      log: frame,
      frames: framesOf(streamOf([honestFile('dist/a.js', 'a')], { log: frame }), 1_000_000),
    });
    const head = await readArtifactHead({ description, openBlob: opener(blobs), codec });
    const pieces: Uint8Array[] = [];
    for await (const piece of head.log) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(frame)).toBe(true);
  });
});

test('a log file that exists is not overwritten, nor written through a link', async () => {
  using dir = tempDir();
  writeTree(dir.path, { staging: { dir: true }, precious: 'x', log: { link: 'precious' } });
  const { description, blobs } = forge();
  const unpacking = unpackArtifact({
    description,
    openBlob: opener(blobs),
    codec,
    stagingDir: dir.join('staging'),
    logFile: dir.join('log'),
    accepts: () => true,
  });
  await expect(unpacking).rejects.toMatchObject({ code: 'ARTIFACT_UNSAFE' });
  expect(readFileSync(dir.join('precious'), 'utf8')).toBe('x');
  expect(readTree(dir.join('staging'))).toEqual({});
});
