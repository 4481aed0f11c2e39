import { rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { LocalStore, type VerifyProgress, type VerifyReport } from '@velocity/client';
import { digestOf, VelocityError } from '@velocity/core';
import type { StorageDriver } from '@velocity/storage';
import { writeTree } from '@velocity/testing';
import { artifactOf, blobOf, keyOf, readDigests } from './support/artifacts.js';
import { localBlobKey, localRecordKey, openLocalRig, replaceObject, type LocalRig } from './support/local-rig.js';

const HOUR = 3_600_000;
const shared = blobOf(40_000, 99);
const own = (name: string): Uint8Array => blobOf(2000, name.length * 1000 + name.charCodeAt(0));

/** One result with a blob of its own and one that all share. */
function save(rig: LocalRig, name: string): Promise<unknown> {
  return rig.store.save(keyOf(name), artifactOf([own(name), shared], name));
}

async function isRestorable(rig: LocalRig, name: string): Promise<boolean> {
  const hit = (await rig.store.lookup([keyOf(name)])).get(keyOf(name));
  const digests = hit === undefined ? [] : await readDigests(hit).catch(() => []);
  return digests.length === 2 && digests[0] === digestOf(own(name)) && digests[1] === digestOf(shared);
}

async function keysIn(driver: StorageDriver): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of driver.list()) keys.push(key);
  return keys;
}

type Line = readonly [problem: string, objectKey: string, key: string, task: string | undefined];

/** Of each damaged object its first result; in one order, whoever lists them. */
const inShort = ({ damage }: VerifyReport): string[] =>
  asLines(
    damage.map(({ problem, objectKey, affects: [first] }) => [problem, objectKey, first?.key ?? '', first?.task]),
  );
const asLines = (lines: readonly Line[]): string[] => lines.map((line) => line.join(' ')).sort();

const SOUND = ['sound', 'also sound'];

/** Every kind of damage, each in an entry of its own, among sound ones. */
async function damageEverything(rig: LocalRig): Promise<void> {
  const names = ['flipped', 'cut', 'longer', 'lost', 'unreadable', 'misplaced', 'lying'];
  for (const name of [...SOUND, ...names]) await save(rig, name);
  const { driver } = rig;
  const flip = Uint8Array.from(own('flipped'));
  flip[1000] = (flip[1000] ?? 0) ^ 1;
  await replaceObject(driver, localBlobKey(own('flipped')), flip);
  await replaceObject(driver, localBlobKey(own('cut')), own('cut').subarray(0, 1999));
  await replaceObject(driver, localBlobKey(own('longer')), Buffer.concat([own('longer'), Buffer.of(0)]));
  await driver.remove(localBlobKey(own('lost')));
  await replaceObject(driver, localRecordKey(keyOf('unreadable')), Buffer.from('{"version":1'));
  await replaceObject(
    driver,
    localRecordKey(keyOf('misplaced')),
    await contentOf(driver, localRecordKey(keyOf('sound'))),
  );
  const lying = Buffer.from(await contentOf(driver, localRecordKey(keyOf('lying')))).toString();
  await replaceObject(driver, localRecordKey(keyOf('lying')), Buffer.from(lying.replace('"size":2000', '"size":2001')));
  // Not damage: what nobody cites, what is not ours, what lies elsewhere.
  await rig.driver.create(localBlobKey(blobOf(500, 7)), [blobOf(500, 7)], { size: 500 });
  for (const key of FOREIGN) await driver.create(key, [Buffer.from('not ours')], { size: 8 });
  await driver.create('last-sweep', [], { size: 0 });
}

const FOREIGN = ['v1/default/t/cas/notes.txt', 'v1/local/t/ac/00/short', 'v1/local/u/thing'];

async function contentOf(driver: StorageDriver, key: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await driver.read(key))?.chunks ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const EXPECTED: readonly Line[] = [
  ['blob-digest', localBlobKey(own('flipped')), keyOf('flipped'), 'web#build'],
  ['blob-size', localBlobKey(own('cut')), keyOf('cut'), 'web#build'],
  ['blob-size', localBlobKey(own('longer')), keyOf('longer'), 'web#build'],
  ['record-dangling', localRecordKey(keyOf('lost')), keyOf('lost'), 'web#build'],
  ['record-dangling', localRecordKey(keyOf('lying')), keyOf('lying'), 'web#build'],
  ['record-misplaced', localRecordKey(keyOf('misplaced')), keyOf('misplaced'), undefined],
  ['record-unreadable', localRecordKey(keyOf('unreadable')), keyOf('unreadable'), undefined],
];

describe.each(['memory', 'fs'])('verifying a local store on %s', (kind) => {
  test('a sound store has nothing wrong with it, and every byte of it was read', async () => {
    await using rig = await openLocalRig(kind);
    for (const name of SOUND) await save(rig, name);
    const before = await keysIn(rig.driver);
    let size = 0;
    for await (const object of rig.driver.list()) size += object.size;
    const progress: VerifyProgress[] = [];
    const report = await rig.store.verify({ repair: true, onProgress: (step) => progress.push(step) });
    expect(report).toEqual({
      records: 2,
      blobs: 3,
      bytesRead: size,
      damage: [],
      foreign: [],
      garbage: { count: 0, bytes: 0 },
      leftovers: { count: 0, bytes: 0 },
      removed: { records: 0, blobs: 0 },
    });
    expect(progress.at(-1)).toEqual({ bytesRead: size, bytesTotal: size });
    expect(progress.map(({ bytesRead }) => bytesRead)).toEqual(
      progress.map((step) => step.bytesRead).sort((a, b) => a - b),
    );
    expect(await keysIn(rig.driver)).toEqual(before);
  });

  test('every kind of damage at once is found, with the results that it affects; nothing is touched', async () => {
    await using rig = await openLocalRig(kind);
    await damageEverything(rig);
    const before = await keysIn(rig.driver);
    const report = await rig.store.verify();
    expect(inShort(report)).toEqual(asLines(EXPECTED));
    expect(report.damage.every(({ isRemoved }) => !isRemoved)).toBe(true);
    expect(report).toMatchObject({ records: 9, blobs: 10, removed: { records: 0, blobs: 0 } });
    expect(report.foreign).toEqual(FOREIGN);
    // Of the two records that are none any more, the blobs are left.
    expect(report.garbage).toEqual({ count: 3, bytes: 500 + 2 * 2000 });
    expect(await keysIn(rig.driver)).toEqual(before);
  });

  test('a repair removes what is damaged and what cites it, and nothing else; saving again heals', async () => {
    await using rig = await openLocalRig(kind);
    await damageEverything(rig);
    const report = await rig.store.verify({ repair: true });
    expect(inShort(report)).toEqual(asLines(EXPECTED));
    expect(report.damage.every(({ isRemoved }) => isRemoved)).toBe(true);
    expect(report.removed).toEqual({ records: 7, blobs: 3 });
    const left = await keysIn(rig.driver);
    expect(left).toEqual(expect.arrayContaining([...FOREIGN, 'last-sweep', localBlobKey(blobOf(500, 7))]));
    for (const name of SOUND) expect(await isRestorable(rig, name)).toBe(true);

    expect(await rig.store.verify()).toMatchObject({ damage: [], records: 2, foreign: FOREIGN });
    for (const name of ['flipped', 'cut', 'longer', 'lost', 'unreadable', 'misplaced', 'lying']) {
      expect(await isRestorable(rig, name)).toBe(false);
      await save(rig, name);
      expect(await isRestorable(rig, name)).toBe(true);
    }
    expect(await rig.store.verify()).toMatchObject({ damage: [], records: 9 });
  });

  test('a damaged blob affects every result that cites it, one that nobody cites none', async () => {
    await using rig = await openLocalRig(kind);
    for (const name of SOUND) await save(rig, name);
    await replaceObject(rig.driver, localBlobKey(shared), shared.subarray(1));
    await rig.driver.create(localBlobKey(blobOf(9)), [blobOf(8)], { size: 8 });
    const { damage, removed } = await rig.store.verify({ repair: true });
    const affects = SOUND.map((name) => ({ key: keyOf(name), task: 'web#build' }));
    expect(damage).toHaveLength(2);
    expect(damage).toEqual(
      expect.arrayContaining([
        {
          problem: 'blob-size',
          objectKey: localBlobKey(shared),
          affects: affects.sort((a, b) => (a.key < b.key ? -1 : 1)),
          isRemoved: true,
        },
        { problem: 'blob-digest', objectKey: localBlobKey(blobOf(9)), affects: [], isRemoved: true },
      ]),
    );
    expect(removed).toEqual({ records: 2, blobs: 2 });
  });

  test('what another process healed in the meantime stays, and is no damage any more', async () => {
    await using rig = await openLocalRig(kind);
    for (const name of SOUND) await save(rig, name);
    await replaceObject(rig.driver, localBlobKey(own('sound')), own('sound').subarray(1));
    await rig.driver.remove(localBlobKey(own('also sound')));
    const healing = overriding(rig.driver, {
      read: beforeSecondRead(rig.driver, async (key) => {
        if (key === localBlobKey(own('sound'))) await replaceObject(rig.driver, key, own('sound'));
        if (key === localRecordKey(keyOf('also sound'))) await save(rig, 'also sound');
      }),
    });
    // The record is there, so saving it again only puts back its blob.
    const store = new LocalStore({ driver: healing, now: () => rig.clock.ms });
    expect(await store.verify({ repair: true })).toMatchObject({ damage: [], removed: { records: 0, blobs: 0 } });
    for (const name of SOUND) expect(await isRestorable(rig, name)).toBe(true);
  });

  test('stops with the reason when it is told to', async () => {
    await using rig = await openLocalRig(kind);
    await save(rig, 'sound');
    const controller = new AbortController();
    const { signal } = controller;
    const reason = new VelocityError('CANCELLED', 'enough');
    const verifying = rig.store.verify({ signal, onProgress: () => controller.abort(reason) });
    await expect(verifying).rejects.toBe(reason);
  });
});

test('abandoned temporary files are counted, and removed by a repair', async () => {
  await using rig = await openLocalRig('fs');
  await save(rig, 'sound');
  writeTree(rig.path!, { 'tmp/w-dead/1': 'half a blob', 'tmp/w-live/1': 'being written' });
  const old = new Date(rig.clock.ms - 2 * HOUR);
  utimesSync(join(rig.path!, 'tmp/w-dead/1'), old, old);
  expect((await rig.store.verify()).leftovers).toEqual({ count: 1, bytes: 11 });
  expect((await rig.store.verify({ repair: true })).leftovers).toEqual({ count: 1, bytes: 11 });
  expect((await rig.store.verify()).leftovers).toEqual({ count: 0, bytes: 0 });
});

describe('a disk that fails', () => {
  const failing = (): Promise<never> =>
    Promise.reject(new VelocityError('STORAGE_UNAVAILABLE', 'cannot read: EIO: i/o error'));

  test('at single objects: those are damaged, and go', async () => {
    await using rig = await openLocalRig('memory');
    for (const name of SOUND) await save(rig, name);
    const bad = [localBlobKey(own('sound')), localRecordKey(keyOf('also sound'))];
    const driver = overriding(rig.driver, {
      read: (key, options) => (bad.includes(key) ? failing() : rig.driver.read(key, options)),
    });
    const report = await new LocalStore({ driver, now: () => rig.clock.ms }).verify({ repair: true });
    expect(inShort(report)).toEqual(
      asLines([
        ['blob-unreadable', bad[0]!, keyOf('sound'), 'web#build'],
        ['record-unreadable', bad[1]!, keyOf('also sound'), undefined],
      ]),
    );
    expect(report.removed).toEqual({ records: 2, blobs: 1 });
  });

  test('as a whole: that is an outage, and nothing goes', async () => {
    await using rig = await openLocalRig('memory');
    await save(rig, 'sound');
    const before = await keysIn(rig.driver);
    const driver = overriding(rig.driver, { read: failing, stat: failing });
    const verifying = new LocalStore({ driver, now: () => rig.clock.ms }).verify({ repair: true });
    await expect(verifying).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(await keysIn(rig.driver)).toEqual(before);
  });

  test('and is not mounted any more: that is an outage too', async () => {
    await using rig = await openLocalRig('fs');
    await save(rig, 'sound');
    rmSync(rig.path!, { recursive: true });
    await expect(rig.store.verify()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });
});

/** Calls `action` when an object is read for the second time, and waits for it. */
function beforeSecondRead(driver: StorageDriver, action: (key: string) => Promise<void>): StorageDriver['read'] {
  const seen = new Map<string, number>();
  return async (key, options) => {
    seen.set(key, (seen.get(key) ?? 0) + 1);
    if (seen.get(key) === 2) await action(key);
    return driver.read(key, options);
  };
}

function overriding(driver: StorageDriver, methods: Partial<StorageDriver>): StorageDriver {
  return {
    name: driver.name,
    supports: driver.supports,
    stat: (...args) => driver.stat(...args),
    read: (...args) => driver.read(...args),
    create: (...args) => driver.create(...args),
    remove: (...args) => driver.remove(...args),
    list: (...args) => driver.list(...args),
    [Symbol.asyncDispose]: () => Promise.resolve(),
    ...methods,
  };
}
