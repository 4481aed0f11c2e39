import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { digestOf } from '@velocity/core';
import { startFakeS3, tempDir } from '@velocity/testing';
import {
  buildBundle,
  logOf,
  startGateway,
  type Bundle,
  type RunningGateway,
} from '../../../apps/gateway/test/support/bundle.js';
import { artifactOf, blobOf, keyOf, readDigests } from './support/artifacts.js';
import { clientRig, TOKEN } from './support/client-rig.js';
import { blobKey, count, READER_TOKEN, startGateway as startInProcess } from './support/gateway-rig.js';
import { damages, playHealing } from './support/healing.js';

let bundle: Bundle;
beforeAll(() => void (bundle = buildBundle()));
afterAll(() => bundle[Symbol.dispose]());

const auditOf = (server: RunningGateway): unknown[] =>
  logOf(server).filter(({ event }) => typeof event === 'string' && event.startsWith('report.'));

describe.each(damages)('a blob that %s in the store', (what, damage) => {
  test('of a folder: the run that finds it uploads a good one, and the next run hits', async () => {
    using folder = tempDir();
    const env = { VC_LOCAL_ROOT: folder.path, VC_AUTH_TOKEN: TOKEN, VC_READ_TOKEN: READER_TOKEN };
    await using server = await startGateway(bundle, [], env);
    const tamper = (digest: string, bytes: Uint8Array): void =>
      writeFileSync(join(folder.path, 'v1/default/t/cas', digest.slice(0, 2), digest), bytes);
    await playHealing(server.url, `folder ${what}`, { damage, tamper });
    await playHealing(server.url, `reader ${what}`, { damage, tamper, finder: READER_TOKEN });
    expect(auditOf(server)).toMatchObject([
      { event: 'report.removed', principal: 'trusted' },
      { event: 'report.removed', principal: 'reader' },
    ]);
  });

  test('of S3, which still vouches for it: the same', async () => {
    await using fake = await startFakeS3();
    await using server = await startGateway(bundle, [], {
      VC_STORAGE_DRIVER: 's3',
      VC_S3_BUCKET: fake.bucket,
      VC_S3_REGION: fake.region,
      VC_S3_ENDPOINT: fake.endpoint,
      VC_AUTH_TOKEN: TOKEN,
      VC_PR_TOKEN: 'token-of-a-pull-request',
      AWS_ACCESS_KEY_ID: fake.accessKeyId,
      AWS_SECRET_ACCESS_KEY: fake.secretAccessKey,
    });
    const tamper = (digest: string, bytes: Uint8Array): void =>
      fake.objects.write(`v1/default/t/cas/${digest.slice(0, 2)}/${digest}`, bytes);
    await playHealing(server.url, `fake ${what}`, { damage, tamper });
    await playHealing(server.url, `pr ${what}`, { damage, tamper, finder: 'token-of-a-pull-request' });
  });
});

describe('a report', () => {
  const contents = [blobOf(50_000, 1), blobOf(1000, 2)];

  test('is made once for each blob, however many readers find it', async () => {
    await using server = await startInProcess();
    using rig = clientRig({ url: server.url });
    await rig.store.save(keyOf('a'), artifactOf(contents));
    const hits = await rig.store.lookup([keyOf('a')]);
    server.intercept = ({ method, url }) =>
      method === 'GET' && url.includes(digestOf(contents[0]!)) ? new Response(blobOf(50_000, 9)) : undefined;
    for (let times = 0; times < 3; times++) {
      await expect(readDigests(hits.get(keyOf('a'))!)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    }
    expect(count(server, 'POST /v1/report')).toBe(1);
    server.intercept = undefined;
    expect(await readDigests(hits.get(keyOf('a'))!)).toEqual(contents.map(digestOf));
  });

  test('is not made for a line that breaks', async () => {
    await using server = await startInProcess();
    using rig = clientRig({ url: server.url });
    await rig.store.save(keyOf('a'), artifactOf(contents));
    const hit = (await rig.store.lookup([keyOf('a')])).get(keyOf('a'))!;
    await server.line.setFaults({ down: { resetAfterBytes: 20_000 } });
    await expect(readDigests(hit)).rejects.toMatchObject({ code: 'GATEWAY_UNAVAILABLE' });
    expect(count(server, 'POST /v1/report')).toBe(0);
  });

  test('that fails changes nothing, says nothing against the remote, and is the last one', async () => {
    await using server = await startInProcess();
    using rig = clientRig({ url: server.url, threshold: 1 });
    await rig.store.save(keyOf('a'), artifactOf(contents));
    server.intercept = (request) =>
      request.url.endsWith('/v1/report') ? new Response('no such route', { status: 404 }) : undefined;
    const hit = (await rig.store.lookup([keyOf('a')])).get(keyOf('a'))!;
    for (const [index, bytes] of contents.entries()) {
      await server.driver.remove(blobKey(digestOf(bytes)));
      await server.driver.create(blobKey(digestOf(bytes)), [blobOf(bytes.byteLength, 9)], { size: bytes.byteLength });
      await expect(drain(await hit.openBlob(index))).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    }
    expect(count(server, 'POST /v1/report')).toBe(1);
    expect([rig.sleeps, rig.store.isOff]).toEqual([[], false]);
  });
});

describe('a report of a foreign artifact', () => {
  const contents = [blobOf(50_000, 1), blobOf(1000, 2)];

  test('names the first blob, is made once, and not where a blob of it was wrong', async () => {
    await using server = await startInProcess();
    using rig = clientRig({ url: server.url });
    await rig.store.save(keyOf('a'), artifactOf(contents));
    await rig.store.save(keyOf('b'), artifactOf([blobOf(2000, 3)]));
    const bodies: unknown[] = [];
    server.intercept = async (request) =>
      request.url.endsWith('/v1/report') ? void bodies.push(await request.clone().json()) : undefined;
    const hits = await rig.store.lookup([keyOf('a'), keyOf('b')]);
    for (let times = 0; times < 2; times++) await hits.get(keyOf('a'))!.reportForeign!();
    expect(bodies).toEqual([{ key: keyOf('a'), head: digestOf(contents[0]!) }]);

    const [rotten] = [digestOf(blobOf(2000, 3))];
    await server.driver.remove(blobKey(rotten));
    await server.driver.create(blobKey(rotten), [blobOf(2000, 9)], { size: 2000 });
    await expect(drain(await hits.get(keyOf('b'))!.openBlob(0))).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    await hits.get(keyOf('b'))!.reportForeign!();
    expect(bodies.slice(1)).toEqual([{ key: keyOf('b'), blobs: [rotten] }]);
  });

  test('that an older gateway refuses is the last of its kind, and blobs are still reported', async () => {
    await using server = await startInProcess();
    using rig = clientRig({ url: server.url, threshold: 1 });
    await rig.store.save(keyOf('a'), artifactOf(contents));
    await rig.store.save(keyOf('b'), artifactOf([blobOf(2000, 3)]));
    const statuses: number[] = [];
    server.intercept = async (request) => {
      if (!request.url.endsWith('/v1/report')) return undefined;
      const isKnown = 'blobs' in ((await request.clone().json()) as object);
      statuses.push(isKnown ? 200 : 400);
      const body = { error: { code: 'PROTOCOL', message: 'Invalid key: Expected never', retryable: false } };
      return isKnown ? undefined : Response.json(body, { status: 400 });
    };
    const hits = await rig.store.lookup([keyOf('a'), keyOf('b')]);
    for (const name of ['a', 'b']) await hits.get(keyOf(name))!.reportForeign!();
    const wrong = digestOf(contents[1]!);
    await server.driver.remove(blobKey(wrong));
    await server.driver.create(blobKey(wrong), [blobOf(1000, 9)], { size: 1000 });
    await expect(drain(await hits.get(keyOf('a'))!.openBlob(1))).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    expect(statuses).toEqual([400, 200]);
    expect([rig.sleeps, rig.store.isOff]).toEqual([[], false]);
  });
});

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of chunks) expect(chunk.byteLength).toBeGreaterThan(0);
}
