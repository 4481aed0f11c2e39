import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digestOf, isVelocityError } from '@velocity/core';
import { unpackArtifact } from '@velocity/artifact';
import { readTree, tempDir, writeTree, type TempDir } from '@velocity/testing';
import { forge, framesOf, type Forged } from './forge.js';
import { codec, opener, pack, type Packed } from './support.js';

const CODES = ['ARTIFACT_CORRUPT', 'ARTIFACT_UNSAFE', 'ARTIFACT_TOO_LARGE'];
/** Each run has another seed, printed with the example when one fails, and tries as much as it can in this time. */
const AS_MANY_AS_FIT = { numRuns: 100_000, interruptAfterTimeLimit: 1500, markInterruptAsFailure: false } as const;

let place: TempDir;
let previous: Promise<void> = Promise.resolve();
let packed: Packed;
let expected: Record<string, string>;
/** The whole artifact, unpacked. */
let stream: Buffer;

beforeAll(async () => {
  place = tempDir();
  writeTree(place.path, { beside: 'x' });
  using dir = tempDir();
  writeTree(dir.path, {
    'dist/a.js': 'some text that is long enough to be cut '.repeat(20),
    'dist/run': { executable: 'x' },
    'dist/link': { link: 'a.js' },
    'dist/日本': { dir: true },
  });
  expected = readTree(dir.path);
  packed = await pack(dir.path);
  const parts = await Promise.all(packed.blobs.map((blob) => codec.decompress(blob.bytes, blob.unpackedSize)));
  stream = Buffer.concat(parts);
});

afterAll(async () => {
  await previous;
  place[Symbol.dispose]();
});

/** One after the other: when the time is up, fast-check does not wait for the one that is running. */
async function check(forged: Forged): Promise<void> {
  const running = previous.then(() => unpackAndCompare(forged));
  previous = running.catch(() => {});
  await running;
}

/** Exactly the tree, or one of our codes and nothing outside of staging. */
async function unpackAndCompare({ description, blobs }: Forged): Promise<void> {
  const [stagingDir, logFile] = [place.join('staging'), place.join('log')];
  mkdirSync(stagingDir, { recursive: true });
  try {
    await unpackArtifact({
      description,
      openBlob: opener(blobs),
      codec,
      stagingDir,
      logFile,
      accepts: (path) => path.startsWith('dist/'),
    });
    expect(readTree(stagingDir)).toEqual(expected);
  } catch (error) {
    if (!isVelocityError(error)) throw error;
    expect(CODES).toContain(error.code);
  }
  // Making folders anew each time would take most of the time.
  if (readdirSync(stagingDir).length > 0) rmSync(stagingDir, { recursive: true });
  rmSync(logFile, { force: true });
  expect(readdirSync(place.path).filter((name) => name !== 'staging')).toEqual(['beside']);
}

/** Changes, insertions, deletions and doublings at random places. */
const edits = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    kind: fc.constantFrom('set' as const, 'flip' as const, 'insert' as const, 'delete' as const, 'repeat' as const),
    value: fc.oneof(fc.constantFrom(0, 0x22, 0x2c, 0x2e, 0x2f, 0x5c, 0x30, 0x37, 0xff), fc.nat(255)),
    length: fc.integer({ min: 1, max: 600 }),
  }),
  { minLength: 1, maxLength: 3 },
);

type Edits = typeof edits extends fc.Arbitrary<infer T> ? T : never;

function edit(bytes: Uint8Array, list: Edits): Buffer {
  let result = Buffer.from(bytes);
  for (const { at, kind, value, length } of list) {
    const index = Math.floor(at * result.length);
    if (kind === 'set') result[index] = value;
    else if (kind === 'flip') result[index] = (result[index] ?? 0) ^ (1 << (value & 7));
    else if (kind === 'insert')
      result = Buffer.concat([result.subarray(0, index), Buffer.alloc(length, value), result.subarray(index)]);
    else if (kind === 'delete') result = Buffer.concat([result.subarray(0, index), result.subarray(index + length)]);
    else result = Buffer.concat([result.subarray(0, index + length), result.subarray(index)]);
  }
  return result;
}

test('blobs that changed on their way are corrupt', async () => {
  await fc.assert(
    fc.asyncProperty(edits, async (list) => {
      const blobs = packed.blobs.map((blob) => ({ bytes: edit(blob.bytes, list) }));
      await check({ description: packed.description, blobs });
    }),
    AS_MANY_AS_FIT,
  );
});

test('blobs that were made of changed frames, with their digests and sizes, are refused or the same', async () => {
  await fc.assert(
    fc.asyncProperty(edits, async (list) => {
      const blobs = packed.blobs.map((blob) => ({ ...blob, bytes: edit(blob.bytes, list) }));
      const described = blobs.map(({ bytes, unpackedSize }) => ({
        digest: digestOf(bytes),
        size: bytes.length,
        unpackedSize,
      }));
      await check({ description: { ...packed.description, blobs: described }, blobs });
    }),
    AS_MANY_AS_FIT,
  );
});

test('blobs of a changed stream, sound as frames, are refused or the same', async () => {
  await fc.assert(
    fc.asyncProperty(edits, async (list) => {
      const frames = framesOf(edit(stream, list));
      const described = frames.map(({ bytes, unpackedSize }) => ({
        digest: digestOf(bytes),
        size: bytes.length,
        unpackedSize,
      }));
      await check({ description: { ...packed.description, blobs: described }, blobs: frames });
    }),
    AS_MANY_AS_FIT,
  );
});

test('a manifest that was changed, with all around it made to fit, is refused or writes what it says', async () => {
  const text = stream.toString('utf8', 512, 512 + Number.parseInt(stream.toString('latin1', 124, 135), 8));
  await fc.assert(
    fc.asyncProperty(edits, async (list) => {
      const metadata = edit(Buffer.from(text), list);
      const entries = entriesIn(metadata);
      const forged = forge({ metadata, entries, members: stream.subarray(membersStart()) });
      await check(forged);
    }),
    AS_MANY_AS_FIT,
  );
});

test('a description that was changed is refused, or says the same', async () => {
  const value = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constant(null), fc.constant([]), fc.constant({}));
  const field = fc.constantFrom(
    'manifestDigest',
    'blobs',
    'entryCount',
    'outputSize',
    'digest',
    'size',
    'unpackedSize',
  );
  await fc.assert(
    fc.asyncProperty(field, value, async (name, changed) => {
      const { description, blobs } = packed;
      const inBlobs = description.blobs.map((blob) => (name in blob ? { ...blob, [name]: changed } : blob));
      const lie = name in description ? { ...description, [name]: changed } : { ...description, blobs: inBlobs };
      await check({ description: lie, blobs });
    }),
    { ...AS_MANY_AS_FIT, interruptAfterTimeLimit: 1000 },
  );
});

/** Where `outputs/` begins. */
function membersStart(): number {
  return stream.indexOf('outputs/dist/a.js\0');
}

/** The manifest of a text, as far as it is one: what a description of it would be made of. */
function entriesIn(metadata: Buffer): readonly unknown[] {
  try {
    const { manifest } = JSON.parse(metadata.toString('utf8')) as { manifest: { entries: readonly unknown[] } };
    return Array.isArray(manifest.entries) ? manifest.entries : [];
  } catch {
    // No JSON any more: any description will do.
    return packed.manifest.entries;
  }
}
