import { describe, expect, test } from '@jest/globals';
import { LocalStore, type PackedBlob, type StoredArtifact } from '@velocity/client';
import { digestOf, VelocityError } from '@velocity/core';
import { FsDriver, MemoryDriver, objectKindOf, type StorageDriver } from '@velocity/storage';
import { tempDir } from '@velocity/testing';
import {
  artifactFrom,
  artifactOf,
  blobOf,
  describe as describeArtifact,
  keyOf,
  pieces,
  readDigests,
} from './support/artifacts.js';
import { localBlobKey, localRecordKey, openLocalRig, replaceObject, START_MS } from './support/local-rig.js';

const KEY = keyOf('a');
const contents = [blobOf(300_000, 1), blobOf(5000, 2)];
const digests = contents.map(digestOf);
const failureOf = async (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

async function* packed(blobs: readonly Uint8Array[]): AsyncGenerator<PackedBlob> {
  for (const bytes of blobs) yield { digest: digestOf(bytes), size: bytes.byteLength, unpackedSize: 100, bytes };
}

/** Of records and blobs. */
async function keysIn(driver: StorageDriver): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of driver.list()) if (objectKindOf(key) !== 'history') keys.push(key);
  return keys;
}

async function readBack(store: LocalStore, key = KEY): Promise<unknown> {
  const hit = (await store.lookup([key])).get(key);
  return hit === undefined ? 'missing' : readDigests(hit);
}

describe.each(['memory', 'fs'])('a local store on %s', (kind) => {
  test('gives back what was packed into it', async () => {
    await using rig = await openLocalRig(kind);
    const { blobs: _, ...summary } = describeArtifact(contents);
    const { verdict, artifact } = await rig.store.write(KEY, summary, packed(contents));
    expect(verdict).toBe('saved');
    expect(artifact.description).toEqual(describeArtifact(contents));
    expect(await readDigests(artifact)).toEqual(digests);
    const hit = (await rig.store.lookup([keyOf('other'), KEY])).get(KEY);
    expect(hit).toMatchObject({
      tier: 'local',
      origin: { writer: 'local', scope: 'trusted', createdAt: '2026-01-01T00:00:00.000Z' },
    });
    expect(await readBack(rig.store)).toEqual(digests);
    expect((await rig.store.list()).map(({ key }) => key)).toEqual([KEY]);
  });

  test('copies an artifact from elsewhere, and not what it has', async () => {
    await using rig = await openLocalRig(kind);
    expect(await rig.store.save(KEY, artifactOf(contents))).toBe('saved');
    const again = artifactOf(contents);
    expect(await rig.store.save(keyOf('b'), again)).toBe('saved');
    expect(again.opened).toEqual([0, 0]);
    expect(await readBack(rig.store, keyOf('b'))).toEqual(digests);
  });

  test('keeps the first result of a key, and says whether another one is the same', async () => {
    await using rig = await openLocalRig(kind);
    await rig.store.save(KEY, artifactOf(contents));
    expect(await rig.store.save(KEY, artifactOf(contents))).toBe('exists');
    expect(await rig.store.save(KEY, artifactOf([blobOf(10, 3)], 'two'))).toBe('divergent');
    expect(await readBack(rig.store)).toEqual(digests);
  });

  test('lets two writers of one key win once and both succeed', async () => {
    await using rig = await openLocalRig(kind);
    const verdicts = await Promise.all(Array.from({ length: 8 }, () => rig.store.save(KEY, artifactOf(contents))));
    expect(verdicts.sort()).toEqual([...Array.from({ length: 7 }, () => 'exists'), 'saved']);
    expect(await readBack(rig.store)).toEqual(digests);
    expect(await keysIn(rig.driver)).toHaveLength(3);
  });

  test.each([
    ['truncated', (bytes: Uint8Array) => bytes.subarray(0, 100)],
    ['empty', () => new Uint8Array()],
    ['no JSON', () => Buffer.from('what?')],
    ['endless', () => Buffer.alloc(8 * 1024 * 1024 + 1, ' ')],
    ['deep', () => Buffer.from('['.repeat(100_000) + ']'.repeat(100_000))],
    ['of another key', (bytes: Uint8Array) => Buffer.from(Buffer.from(bytes).toString().replaceAll(KEY, keyOf('b')))],
    [
      'with a field too many',
      (bytes: Uint8Array) => Buffer.from(Buffer.from(bytes).toString().replace('{', '{"x":1,')),
    ],
  ])('takes a record that is %s for a miss, and the next result takes its place', async (_name, damage) => {
    await using rig = await openLocalRig(kind);
    await rig.store.save(KEY, artifactOf(contents));
    const body = await rig.driver.read(localRecordKey(KEY));
    const bytes: Uint8Array[] = [];
    for await (const chunk of body?.chunks ?? []) bytes.push(chunk);
    await replaceObject(rig.driver, localRecordKey(KEY), damage(Buffer.concat(bytes)));
    const damaged: unknown[] = [];
    const hits = await rig.store.lookup([keyOf('other'), KEY], { onDamaged: (...told) => damaged.push(told) });
    expect([hits.size, damaged]).toEqual([0, [[KEY, 'unreadable']]]);
    expect(await readBack(rig.store)).toBe('missing');
    expect(await rig.driver.stat(localRecordKey(KEY))).toBeUndefined();
    expect(await rig.store.list()).toEqual([]);

    await replaceObject(rig.driver, localRecordKey(KEY), damage(Buffer.concat(bytes)));
    expect(await rig.store.save(KEY, artifactOf(contents))).toBe('saved');
    expect(await readBack(rig.store)).toEqual(digests);
  });

  test('says that a blob is gone, and heals when it is saved again', async () => {
    await using rig = await openLocalRig(kind);
    await rig.store.save(KEY, artifactOf(contents));
    await rig.driver.remove(localBlobKey(contents[1]!));
    const hit = (await rig.store.lookup([KEY])).get(KEY)!;
    await expect(readDigests(hit)).rejects.toMatchObject({
      code: 'ARTIFACT_CORRUPT',
      message: expect.stringContaining(digests[1]!),
    });
    await rig.store.discard(KEY);
    expect(await readBack(rig.store)).toBe('missing');
    expect(await rig.store.save(KEY, artifactOf(contents))).toBe('saved');
    expect(await readBack(rig.store)).toEqual(digests);
  });

  test.each([
    ['other bytes', (bytes: Uint8Array) => blobOf(bytes.byteLength, 99)],
    ['fewer bytes', (bytes: Uint8Array) => bytes.subarray(1)],
    ['no bytes', () => new Uint8Array()],
  ])('discards a blob with %s, and leaves the sound ones', async (_name, damage) => {
    await using rig = await openLocalRig(kind);
    await rig.store.save(KEY, artifactOf(contents));
    await replaceObject(rig.driver, localBlobKey(contents[0]!), damage(contents[0]!));
    await rig.store.discard(KEY);
    expect(await keysIn(rig.driver)).toEqual([localBlobKey(contents[1]!)]);
    const again = artifactOf(contents);
    expect(await rig.store.save(KEY, again)).toBe('saved');
    expect(again.opened).toEqual([1, 0]);
    expect(await readBack(rig.store)).toEqual(digests);
  });

  test('replaces a truncated blob without being told', async () => {
    await using rig = await openLocalRig(kind);
    await replaceObject(rig.driver, localBlobKey(contents[0]!), contents[0]!.subarray(1));
    expect(await rig.store.save(KEY, artifactOf(contents))).toBe('saved');
    expect(await readBack(rig.store)).toEqual(digests);
    const { blobs: _, ...summary } = describeArtifact(contents);
    await replaceObject(rig.driver, localBlobKey(contents[1]!), contents[1]!.subarray(1));
    await rig.store.write(keyOf('b'), summary, packed(contents));
    expect(await readBack(rig.store, keyOf('b'))).toEqual(digests);
  });

  test.each([
    ['shorter', () => pieces(contents[0]!.subarray(1))],
    ['longer', () => pieces(Buffer.concat(contents))],
    ['another', () => pieces(blobOf(300_000, 9))],
  ])('stores nothing of a blob that is %s than announced', async (_name, open) => {
    await using rig = await openLocalRig(kind);
    expect(await failureOf(rig.store.save(KEY, artifactFrom(contents[0]!, open)))).toMatchObject({ code: 'INTEGRITY' });
    expect(await keysIn(rig.driver)).toEqual([]);
  });

  test('passes on what the source of a copy throws, and stores nothing', async () => {
    await using rig = await openLocalRig(kind);
    const failure = new VelocityError('TIMEOUT', 'the remote is slow');
    const artifact = artifactFrom(contents[0]!, async function* () {
      yield contents[0]!.subarray(0, 1000);
      throw failure;
    });
    expect(await failureOf(rig.store.save(KEY, artifact))).toBe(failure);
    expect(await keysIn(rig.driver)).toEqual([]);
  });

  test('stops copying when it is told to', async () => {
    await using rig = await openLocalRig(kind);
    const controller = new AbortController();
    const artifact = artifactFrom(contents[0]!, async function* () {
      yield contents[0]!.subarray(0, 1000);
      controller.abort();
      await new Promise(() => undefined);
    });
    const { signal } = controller;
    expect(await failureOf(rig.store.save(KEY, artifact, { signal }))).toBe(signal.reason);
    expect(await keysIn(rig.driver)).toEqual([]);
  });

  test('marks what is used, so that eviction takes others first', async () => {
    await using rig = await openLocalRig(kind);
    await rig.store.save(KEY, artifactOf(contents));
    rig.clock.ms += 3_600_000;
    const hit = (await rig.store.lookup([KEY])).get(KEY)!;
    await rig.store.touch(KEY, hit);
    for (const key of await keysIn(rig.driver)) expect((await rig.driver.stat(key))?.modifiedAtMs).toBe(rig.clock.ms);
    // A minute ago is as good as now.
    const usedAtMs = rig.clock.ms;
    rig.clock.ms += 60_000;
    await rig.store.touch(KEY, hit);
    for (const key of await keysIn(rig.driver)) expect((await rig.driver.stat(key))?.modifiedAtMs).toBe(usedAtMs);
    await rig.store.save(keyOf('b'), artifactOf([contents[0]!]));
    expect((await rig.driver.stat(localBlobKey(contents[0]!)))?.modifiedAtMs).toBe(rig.clock.ms);
  });

  test('opens nothing for a reader who never starts', async () => {
    await using rig = await openLocalRig(kind);
    await rig.store.save(KEY, artifactOf(contents));
    const hit = (await rig.store.lookup([KEY])).get(KEY)!;
    const chunks = await hit.openBlob(0);
    await rig.driver.remove(localBlobKey(contents[0]!));
    await expect(chunks[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    await expect(readDigests({ ...hit, openBlob: () => hit.openBlob(7) })).rejects.toMatchObject({
      code: 'ARTIFACT_CORRUPT',
    });
  });
});

test('a full disk is said, and leaves no record', async () => {
  await using driver = await MemoryDriver.open({ now: () => START_MS, maxBytes: 302_000 });
  const store = new LocalStore({ driver, now: () => START_MS });
  expect(await failureOf(store.save(KEY, artifactOf(contents)))).toMatchObject({ code: 'STORAGE_FULL' });
  const { blobs: _, ...summary } = describeArtifact(contents);
  expect(await failureOf(store.write(KEY, summary, packed(contents)))).toMatchObject({ code: 'STORAGE_FULL' });
  expect(await readBack(store)).toBe('missing');
  expect(await store.save(keyOf('small'), artifactOf([blobOf(10)]))).toBe('saved');
});

test('a store that has gone is an outage, not an empty one', async () => {
  using dir = tempDir();
  const now = (): number => START_MS;
  await using driver = await FsDriver.open({ root: dir.join('store'), durable: false, now });
  const store = new LocalStore({ driver, now });
  dir[Symbol.dispose]();
  const artifact: StoredArtifact = artifactOf(contents);
  for (const work of [store.lookup([KEY]), store.save(KEY, artifact), store.list()]) {
    expect(await failureOf(work)).toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  }
});
