import { expect, test } from '@jest/globals';
import { digestOf, type CacheKey } from '@velocity/core';
import {
  blobObjectKey,
  HISTORY_KEPT,
  historyObjectKey,
  historyPrefix,
  MemoryDriver,
  recordObjectKey,
  sweep,
  type ReadRecord,
  type RecordPlace,
  type RemovedObject,
  type StorageDriver,
} from '@velocity/storage';
import { ManualClock } from '@velocity/testing';

const HOUR = 3_600_000;
const policy = { maxAgeMs: 100 * HOUR, graceMs: 24 * HOUR };
const trusted: RecordPlace = { tier: 'trusted' };

const readRecord: ReadRecord = (bytes) => {
  const text = Buffer.from(bytes).toString();
  return text.startsWith('{') ? (JSON.parse(text) as { digests: string[] }) : undefined;
};

async function openStore() {
  const clock = new ManualClock();
  const now = (): number => clock.now();
  const driver = await MemoryDriver.open({ now });
  const put = async (key: string, content: string): Promise<string> => {
    const bytes = Buffer.from(content);
    await driver.create(key, [bytes], { size: bytes.byteLength });
    return key;
  };
  const putBlob = (content: string, tier: RecordPlace['tier'] = 'trusted'): Promise<string> =>
    put(blobObjectKey('acme', tier, digestOf(content)), content);
  const putRecord = (name: string, contents: readonly string[], place: RecordPlace = trusted): Promise<string> =>
    put(
      recordObjectKey('acme', place, digestOf(name) as string as CacheKey),
      JSON.stringify({ digests: contents.map((content) => digestOf(content)) }),
    );
  return { clock, now, driver, put, putBlob, putRecord };
}

async function keysOf(driver: StorageDriver): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of driver.list()) keys.push(key);
  return keys;
}

test('a sweep removes old records and the blobs that only they cite, records first', async () => {
  const { clock, now, driver, put, putBlob, putRecord } = await openStore();
  const old = await putRecord('old', ['only old', 'shared']);
  const onlyOld = await putBlob('only old');
  const shared = await putBlob('shared');
  const foreign = await put('v1/acme/notes.txt', 'not ours');
  clock.advance(90 * HOUR);
  const recent = await putRecord('recent', ['shared']);
  clock.advance(20 * HOUR);
  const upload = await putBlob('on its way');
  const removed: RemovedObject[] = [];
  const report = await sweep(driver, policy, { now, readRecord, onRemoved: (object) => removed.push(object) });
  expect(removed.map(({ kind, key }) => [kind, key])).toEqual([
    ['record', old],
    ['blob', onlyOld],
  ]);
  expect(await keysOf(driver)).toEqual([recent, shared, upload, foreign].sort());
  expect(report).toMatchObject({ recordsRemoved: 1, blobsRemoved: 1, foreignRecords: 0, leftoversRemoved: 0 });
  expect(report.bytesFreed).toBe(removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  let kept = -'not ours'.length;
  for await (const { size } of driver.list()) kept += size;
  expect(report.bytesKept).toBe(kept);
});

test('the least recently touched go first when the store is too large', async () => {
  const { clock, now, driver, putBlob, putRecord } = await openStore();
  for (const name of ['one', 'two', 'three']) {
    await putBlob(`blob of ${name}`.padEnd(1000));
    await putRecord(name, [`blob of ${name}`.padEnd(1000)]);
    clock.advance(HOUR);
  }
  clock.advance(24 * HOUR);
  await driver.touch(recordObjectKey('acme', trusted, digestOf('one') as string as CacheKey));
  clock.advance(25 * HOUR);
  await sweep(driver, { maxTotalBytes: 2500 }, { now, readRecord });
  const left = await keysOf(driver);
  expect(left).toHaveLength(4);
  expect(left).not.toContain(recordObjectKey('acme', trusted, digestOf('two') as string as CacheKey));
});

test('a record that is touched after the listing stays, with its blobs', async () => {
  const { clock, now, driver, putBlob, putRecord } = await openStore();
  const record = await putRecord('old', ['blob']);
  const blob = await putBlob('blob');
  clock.advance(200 * HOUR);
  const touching = beforeRemovals(driver, () => driver.touch(record));
  expect(await sweep(touching, policy, { now, readRecord })).toMatchObject({ recordsRemoved: 0, blobsRemoved: 0 });
  expect(await keysOf(driver)).toEqual([record, blob]);
});

test('a blob that a new record cites, or that is touched for one, stays', async () => {
  const { clock, now, driver, putBlob, putRecord } = await openStore();
  const cited = await putBlob('cited again');
  const touched = await putBlob('touched');
  const orphan = await putBlob('orphan');
  await putRecord('old', ['cited again']);
  clock.advance(200 * HOUR);
  let record = '';
  const committing = beforeRemovals(driver, async () => {
    record = await putRecord('new', ['cited again']);
    await driver.touch(touched);
  });
  expect(await sweep(committing, policy, { now, readRecord })).toMatchObject({ recordsRemoved: 1, blobsRemoved: 1 });
  const left = await keysOf(driver);
  expect(left).toEqual([record, cited, touched].sort());
  expect(left).not.toContain(orphan);
});

test('pools do not protect each other, and foreign records are left alone', async () => {
  const { clock, now, driver, put, putBlob, putRecord } = await openStore();
  const citing = await putRecord('pr', ['same'], { tier: 'untrusted', scope: 'pr-1' });
  const own = await putBlob('same', 'untrusted');
  const other = await putBlob('same', 'trusted');
  const foreign = await put(recordObjectKey('acme', trusted, digestOf('x') as string as CacheKey), 'no JSON');
  clock.advance(50 * HOUR);
  expect(await sweep(driver, policy, { now, readRecord })).toMatchObject({ blobsRemoved: 1, foreignRecords: 1 });
  expect(await keysOf(driver)).toEqual([citing, own, foreign].sort());
  expect(await driver.stat(other)).toBeUndefined();
});

test('a record whose blob is gone is removed, so that a good one can be stored', async () => {
  const { clock, now, driver, putRecord } = await openStore();
  await putRecord('dangling', ['lost']);
  clock.advance(25 * HOUR);
  expect(await sweep(driver, {}, { now, readRecord })).toMatchObject({ recordsRemoved: 1 });
});

test('nothing is removed when a record cannot be read', async () => {
  const { clock, now, driver, putBlob, putRecord } = await openStore();
  await putRecord('old', ['blob']);
  await putBlob('blob');
  clock.advance(200 * HOUR);
  const before = await keysOf(driver);
  const failing = overriding(driver, { read: () => Promise.reject(new Error('the disk is gone')) });
  await expect(sweep(failing, policy, { now, readRecord })).rejects.toThrow('the disk is gone');
  expect(await keysOf(driver)).toEqual(before);
});

test('of each history the newest entries stay, and those that are as old as the limit go once their record is gone', async () => {
  const { clock, now, driver, put, putRecord } = await openStore();
  const entry = (task: string, name: string, place: RecordPlace = trusted): Promise<string> =>
    put(historyObjectKey('acme', place, { task, key: digestOf(name) as string as CacheKey, createdAtMs: now() }), '');
  const used = await putRecord('used', []);
  const ofUsed = await entry('web#build', 'used');
  await entry('web#build', 'evicted long ago');
  await putRecord('forgotten', []);
  await entry('web#test', 'forgotten');
  clock.advance(99 * HOUR);
  const evictedLately = await entry('web#build', 'evicted lately');
  clock.advance(2 * HOUR);
  await driver.touch(used);
  const many: string[] = [];
  for (let index = 0; index < HISTORY_KEPT + 8; index++) {
    many.push(await entry('api#build', `result ${index}`));
    await entry('api#build', `result ${index}`, { tier: 'untrusted', scope: 'pr-1' });
    clock.advance(1);
  }
  const removed: RemovedObject[] = [];
  const report = await sweep(driver, policy, { now, readRecord, onRemoved: (object) => removed.push(object) });
  expect(report).toMatchObject({ recordsRemoved: 1, historyRemoved: 18 });
  expect(removed.filter(({ kind }) => kind === 'history')).toHaveLength(18);

  const left = await keysOf(driver);
  expect(left.filter((key) => key.startsWith(historyPrefix('acme', trusted, 'web#build')))).toEqual(
    [evictedLately, ofUsed].sort(),
  );
  expect(left.filter((key) => key.startsWith(historyPrefix('acme', trusted, 'web#test')))).toEqual([]);
  const ofApi = left.filter((key) => key.startsWith(historyPrefix('acme', trusted, 'api#build')));
  expect(ofApi).toEqual(many.slice(8).reverse());
  const ofPr = historyPrefix('acme', { tier: 'untrusted', scope: 'pr-1' }, 'api#build');
  expect(left.filter((key) => key.startsWith(ofPr))).toHaveLength(HISTORY_KEPT);
  expect(await sweep(driver, policy, { now, readRecord })).toMatchObject({ historyRemoved: 0, bytesFreed: 0 });
});

test('a store that is too large loses records, and keeps their history', async () => {
  const { clock, now, driver, put, putRecord } = await openStore();
  await putRecord('one', []);
  const key = digestOf('one') as string as CacheKey;
  const entry = await put(historyObjectKey('acme', trusted, { task: 'web#build', key, createdAtMs: now() }), '');
  clock.advance(25 * HOUR);
  expect(await sweep(driver, { maxTotalBytes: 1 }, { now, readRecord })).toMatchObject({
    recordsRemoved: 1,
    historyRemoved: 0,
    bytesKept: 0,
  });
  expect(await keysOf(driver)).toEqual([entry]);
});

test('an aborted sweep stops with the reason', async () => {
  const { now, driver, putRecord } = await openStore();
  await putRecord('any', []);
  const signal = AbortSignal.abort(new Error('shutting down'));
  await expect(sweep(driver, policy, { now, readRecord, signal })).rejects.toThrow('shutting down');
});

/** Does something right before the sweep looks at the first object that it wants to remove. */
function beforeRemovals(driver: MemoryDriver, action: () => Promise<void>): StorageDriver {
  let pending: Promise<void> | undefined;
  return overriding(driver, {
    stat: async (key) => {
      pending ??= action();
      await pending;
      return driver.stat(key);
    },
  });
}

function overriding(driver: MemoryDriver, methods: Partial<StorageDriver>): StorageDriver {
  return {
    name: driver.name,
    supports: driver.supports,
    stat: (...args) => driver.stat(...args),
    read: (...args) => driver.read(...args),
    create: (...args) => driver.create(...args),
    remove: (...args) => driver.remove(...args),
    list: (...args) => driver.list(...args),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
    ...methods,
  };
}
