import { expect } from '@jest/globals';
import { LocalStore } from '@velocity/client';
import { digestOf, type Digest } from '@velocity/core';
import { MemoryDriver } from '@velocity/storage';
import { artifactOf, blobOf, keyOf, readDigests } from './artifacts.js';
import { clientRig, NOW_MS, type ClientRig } from './client-rig.js';

const contents = [blobOf(200_000, 1), blobOf(1000, 2)];

/** Puts other bytes under a blob's name, past the gateway. */
export type Tamper = (digest: Digest, bytes: Uint8Array) => unknown;

export const damages: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array])[] = [
  ['has one byte flipped', (bytes) => bytes.map((byte, index) => (index === 100_000 ? byte ^ 1 : byte))],
  ['is cut off', (bytes) => bytes.subarray(0, 70_000)],
  ['goes on after its end', (bytes) => Buffer.concat([bytes, bytes])],
];

/** A blob rots in the store: the run that finds it misses, builds and uploads again, and the next run hits. */
export async function playHealing(
  url: string,
  name: string,
  options: { damage: (bytes: Uint8Array) => Uint8Array; tamper: Tamper; finder?: string },
): Promise<void> {
  const { damage, tamper, finder } = options;
  const key = keyOf(name);
  using first = clientRig({ url });
  await first.store.save(key, artifactOf(contents, name));
  await tamper(digestOf(contents[0]!), damage(contents[0]!));

  using runA = clientRig({ url, ...(finder !== undefined && { client: { token: finder } }) });
  await expectMiss(runA, name);
  using writer = clientRig({ url });
  const again = artifactOf(contents, name);
  expect(await (finder === undefined ? runA : writer).store.save(key, again)).toBe('saved');
  expect(again.opened[0]).toBeGreaterThan(0);

  using runB = clientRig({ url });
  const hit = (await runB.store.lookup([key])).get(key);
  expect(await readDigests(hit!)).toEqual(contents.map(digestOf));
  expect([runA.store.isOff, runB.store.isOff]).toEqual([false, false]);
}

/** Found, but not to be had: with a reason, and nothing of it in the local store. */
async function expectMiss(rig: ClientRig, name: string): Promise<void> {
  const hit = (await rig.store.lookup([keyOf(name)])).get(keyOf(name))!;
  await using driver = await MemoryDriver.open({ now: () => NOW_MS });
  const local = new LocalStore({ driver, now: () => NOW_MS });
  await expect(local.save(keyOf(name), hit)).rejects.toMatchObject({
    code: 'ARTIFACT_CORRUPT',
    message: expect.stringContaining('blob'),
  });
  expect((await local.lookup([keyOf(name)])).size).toBe(0);
}
