import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { digestOf } from '@velocity/core';
import {
  putObject,
  sharedStore,
  startFakeS3,
  startFaultProxy,
  type FaultProxy,
  type S3Target,
} from '@velocity/testing';
import { buildBundle, startGateway, type Bundle } from '../../../apps/gateway/test/support/bundle.js';
import { artifactOf, blobOf, keyOf, readDigests } from './support/artifacts.js';
import { clientRig, TOKEN } from './support/client-rig.js';
import { damages, playHealing } from './support/healing.js';

const contents = [blobOf(3_000_000, 1), blobOf(1000, 2)];
let bundle: Bundle;
beforeAll(() => void (bundle = buildBundle()));
afterAll(() => bundle[Symbol.dispose]());

/** The gateway's program over a store that it, and everyone it sends there, reaches over a line of ours. */
async function startOver({ region, bucket, accessKeyId, secretAccessKey }: S3Target, line: FaultProxy) {
  return startGateway(bundle, [], {
    VC_STORAGE_DRIVER: 's3',
    VC_S3_BUCKET: bucket,
    VC_S3_REGION: region,
    VC_S3_ENDPOINT: line.url,
    VC_AUTH_TOKEN: TOKEN,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });
}

async function playStory(target: S3Target): Promise<void> {
  await using line = await startFaultProxy({ target: target.endpoint });
  await using server = await startOver(target, line);
  for (const [what, damage] of damages) {
    const tamper = (digest: string, bytes: Uint8Array): Promise<void> =>
      putObject(target, `v1/default/t/cas/${digest.slice(0, 2)}/${digest}`, bytes);
    await playHealing(server.url, what, { damage, tamper });
  }
  using rig = clientRig({ url: server.url });
  expect(await rig.store.save(keyOf('a'), artifactOf(contents))).toBe('saved');
  expect(rig.sleeps).toEqual([]);
  expect(await rig.store.save(keyOf('a'), artifactOf(contents))).toBe('exists');

  using reader = clientRig({ url: server.url });
  const hit = (await reader.store.lookup([keyOf('a')])).get(keyOf('a'))!;
  // In the middle of the first blob: the store then sends the rest only.
  await line.setFaults({ down: { resetAfterBytes: 1_000_000 }, times: 1 });
  expect(await readDigests(hit)).toEqual(contents.map(digestOf));
  expect(reader.sleeps).toHaveLength(1);
  expect(reader.moved.down).toBeLessThanOrEqual(3_001_000);
}

test('the strict fake: saved, found, and read over a line that breaks', async () => {
  await using fake = await startFakeS3();
  await playStory(fake);
});

test('Ceph RGW: saved, found, and read over a line that breaks', async () => {
  const target = await sharedStore('ceph');
  if (target !== undefined) await playStory(target);
}, 90_000);

test('OpenStack Swift: saved, found, and read over a line that breaks', async () => {
  const target = await sharedStore('swift');
  if (target !== undefined) await playStory(target);
}, 90_000);
