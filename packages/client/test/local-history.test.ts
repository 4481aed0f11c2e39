import { describe, expect, test } from '@jest/globals';
import type { HistoryEntry } from '@velocity/client';
import { digestOf } from '@velocity/core';
import { historyPrefix } from '@velocity/storage';
import { artifactOf, blobOf, keyOf, readDigests } from './support/artifacts.js';
import { localRecordKey, openLocalRig, replaceObject, START_MS, type LocalRig } from './support/local-rig.js';

const bytes = blobOf(1000);
const TASK = 'web#build';
const keysOf = (entries: readonly HistoryEntry[]): string[] => entries.map(({ key }) => key);

/** Results of web#build, a minute apart. */
async function saveInTurn({ store, clock }: LocalRig, ...names: string[]): Promise<void> {
  for (const name of names) {
    await store.save(keyOf(name), artifactOf([bytes], name));
    clock.ms += 60_000;
  }
}

describe.each(['memory', 'fs'])('the history of a local store on %s', (kind) => {
  test('gives what a task got lately, the newest first, three by default', async () => {
    await using rig = await openLocalRig(kind);
    await saveInTurn(rig, 'a', 'b', 'c', 'd');
    expect(keysOf(await rig.store.history(TASK))).toEqual(['d', 'c', 'b'].map(keyOf));
    expect(keysOf(await rig.store.history(TASK, { limit: 10 }))).toEqual(['d', 'c', 'b', 'a'].map(keyOf));
    expect(await rig.store.history('never#built')).toEqual([]);
    const [newest] = await rig.store.history(TASK, { limit: 1 });
    if (newest?.status !== 'found') throw new Error('not found');
    expect(newest.createdAt).toBe(new Date(START_MS + 180_000).toISOString());
    expect(newest.hit).toMatchObject({ tier: 'local', description: { task: TASK } });
    expect(await readDigests(newest.hit)).toEqual([digestOf(bytes)]);
  });

  test('says what was evicted; a result that is saved again stands where it was saved last', async () => {
    await using rig = await openLocalRig(kind);
    await saveInTurn(rig, 'a', 'b');
    await rig.driver.remove(localRecordKey(keyOf('a')));
    expect(await rig.store.history(TASK)).toMatchObject([
      { status: 'found', key: keyOf('b') },
      { status: 'evicted', key: keyOf('a'), createdAt: new Date(START_MS).toISOString() },
    ]);
    await saveInTurn(rig, 'a', 'b');
    expect((await rig.store.history(TASK)).map(({ status, key }) => [status, key])).toEqual([
      ['found', keyOf('a')],
      ['found', keyOf('b')],
    ]);
  });

  test('leaves a damaged record out, which goes', async () => {
    await using rig = await openLocalRig(kind);
    await saveInTurn(rig, 'a', 'b');
    await replaceObject(rig.driver, localRecordKey(keyOf('b')), Buffer.from('{}'));
    expect(keysOf(await rig.store.history(TASK))).toEqual([keyOf('a')]);
    expect(await rig.driver.stat(localRecordKey(keyOf('b')))).toBeUndefined();
  });

  test('that cannot be written fails no save', async () => {
    await using rig = await openLocalRig(kind);
    // An object in the way of the folder that the entries would be in, or none where there are no folders.
    const folder = historyPrefix('local', { tier: 'trusted' }, TASK).replace(/\/[^/]+\/$/, '');
    await rig.driver.create(folder, [], { size: 0 });
    await saveInTurn(rig, 'a');
    expect((await rig.store.lookup([keyOf('a')])).size).toBe(1);
    expect(await rig.store.history(TASK)).toHaveLength(kind === 'fs' ? 0 : 1);
  });
});
