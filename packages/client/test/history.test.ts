import { describe, expect, test } from '@jest/globals';
import type { HistoryEntry } from '@velocity/client';
import { digestOf, type CacheKey } from '@velocity/core';
import { recordObjectKey } from '@velocity/storage';
import {
  artifactOf,
  blobOf,
  describe as describeArtifact,
  keyOf,
  readDigests,
  type CountedArtifact,
} from './support/artifacts.js';
import { clientRig, NOW_MS } from './support/client-rig.js';
import { blobKey, count, NAMESPACE, READER_TOKEN, startGateway, type GatewayRig } from './support/gateway-rig.js';
import { startScriptedGateway } from './support/scripted-gateway.js';

const contents = [blobOf(5000, 1), blobOf(100, 2)];
const recordKey = (name: string): string => recordObjectKey(NAMESPACE, { tier: 'trusted' }, keyOf(name));
const inShort = (entries: readonly HistoryEntry[] = []): [string, CacheKey][] =>
  entries.map(({ status, key }) => [status, key]);

function artifactOfTask(task: string, name: string): CountedArtifact {
  const artifact = artifactOf(contents, name);
  return { ...artifact, description: { ...artifact.description, task } };
}

/** Three results of web#build, a minute apart, and one of api#build. */
async function fill(server: GatewayRig): Promise<void> {
  using writer = clientRig({ url: server.url });
  for (const name of ['one', 'two', 'three']) {
    await writer.store.save(keyOf(name), artifactOfTask('web#build', name));
    server.clock.ms += 60_000;
  }
  await writer.store.save(keyOf('api'), artifactOfTask('api#build', 'api'));
  server.requests.length = 0;
}

describe('the history of a remote store', () => {
  test('comes with one request for all tasks, the newest first, and can be read', async () => {
    await using server = await startGateway();
    await fill(server);
    using rig = clientRig({ url: server.url, client: { token: READER_TOKEN } });
    const histories = await rig.store.history(['never#built', 'web#build', 'api#build']);
    expect([...histories.keys()]).toEqual(['web#build', 'api#build']);
    expect(inShort(histories.get('web#build'))).toEqual(['three', 'two', 'one'].map((name) => ['found', keyOf(name)]));
    expect(server.requests).toEqual(['POST /v1/history']);

    const [newest] = histories.get('web#build') ?? [];
    if (newest?.status !== 'found') throw new Error('not found');
    expect(newest.createdAt).toBe(new Date(NOW_MS + 120_000).toISOString());
    expect(newest.hit).toMatchObject({ tier: 'remote', origin: { writer: 'trusted-writer', scope: 'trusted' } });
    expect(await readDigests(newest.hit)).toEqual(contents.map(digestOf));
  });

  test('says what was evicted, and gives no more than was asked for', async () => {
    await using server = await startGateway();
    await fill(server);
    await server.driver.remove(recordKey('three'));
    server.clock.ms += 11 * 60_000;
    using rig = clientRig({ url: server.url });
    const entries = (await rig.store.history(['web#build'], { limit: 2 })).get('web#build');
    expect(inShort(entries)).toEqual([
      ['evicted', keyOf('three')],
      ['found', keyOf('two')],
    ]);
  });

  test('goes out in several questions for more tasks than one takes', async () => {
    await using server = await startGateway();
    await fill(server);
    using rig = clientRig({ url: server.url });
    const tasks = [...Array.from({ length: 450 }, (_, index) => `pkg-${index}#build`), 'web#build'];
    expect([...(await rig.store.history(tasks)).keys()]).toEqual(['web#build']);
    expect(count(server, 'POST /v1/history')).toBe(3);
  });

  test('whose URL has expired asks for another one', async () => {
    await using server = await startGateway();
    await fill(server);
    using rig = clientRig({ url: server.url });
    const [entry] = (await rig.store.history(['web#build'])).get('web#build') ?? [];
    server.clock.ms += 16 * 60_000;
    if (entry?.status !== 'found') throw new Error('not found');
    expect(await readDigests(entry.hit)).toEqual(contents.map(digestOf));
  });

  test('is empty behind a gateway that is older than it, without a complaint', async () => {
    await using gateway = await startScriptedGateway('http://127.0.0.1:1', describeArtifact(contents));
    using rig = clientRig({ url: gateway.url, threshold: 1 });
    expect((await rig.store.history(['web#build'])).size).toBe(0);
    expect([gateway.seen.length, rig.sleeps, rig.opened, rig.store.isOff]).toEqual([1, [], [], false]);
  });

  test('is empty in an outage, which the breaker is told; then it is not asked for', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url, threshold: 2 });
    server.intercept = () => new Response(null, { status: 503 });
    for (let times = 0; times < 3; times++) expect((await rig.store.history(['web#build'])).size).toBe(0);
    expect(rig.opened).toMatchObject([{ code: 'STORAGE_UNAVAILABLE' }]);
    expect(count(server, 'POST /v1/history')).toBe(6);
    expect(await rig.busy()).toBe(0);
  });

  test('keeps the tasks that were answered when others failed', async () => {
    await using server = await startGateway();
    await fill(server);
    using rig = clientRig({ url: server.url, threshold: 1 });
    const error = { code: 'STORAGE_UNAVAILABLE', message: 'the storage did not answer', retryable: true };
    server.intercept = async () => {
      server.intercept = undefined;
      const entries = [{ status: 'evicted', key: keyOf('one'), createdAt: '2026-01-01T00:00:00.000Z' }];
      return Response.json({ items: [{ error }, { task: 'web#build', entries }] });
    };
    const histories = await rig.store.history(['api#build', 'web#build']);
    expect(inShort(histories.get('web#build'))).toEqual([['evicted', keyOf('one')]]);
    expect(histories.size).toBe(1);
    expect(rig.store.isOff).toBe(true);
  });

  test.each([
    ['of another task', { task: 'other#build', entries: [] }],
    ['with a status of its own', { task: 'web#build', entries: [{ status: 'lost', key: keyOf('a'), createdAt: 'x' }] }],
    ['too few', undefined],
  ])('is not taken from an answer %s', async (_what, item) => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url, threshold: 1 });
    server.intercept = () => Response.json({ items: item === undefined ? [] : [item] });
    expect((await rig.store.history(['web#build'])).size).toBe(0);
    expect(rig.opened).toMatchObject([{ code: 'PROTOCOL' }]);
  });

  test('ends at once when it is cancelled, and says nothing against the remote', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url, threshold: 1 });
    const controller = new AbortController();
    server.intercept = async () => {
      controller.abort();
      return undefined;
    };
    expect((await rig.store.history(['web#build'], { signal: controller.signal })).size).toBe(0);
    expect([rig.store.isOff, await rig.busy()]).toEqual([false, 0]);
  });
});

describe('a look-up', () => {
  test('tells which records are damaged, and of the others nothing', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url });
    for (const name of ['sound', 'unreadable', 'dangling']) {
      await rig.store.save(keyOf(name), artifactOf([blobOf(100, name.length)], name));
    }
    await server.driver.remove(recordKey('unreadable'));
    await server.driver.create(recordKey('unreadable'), [Buffer.from('{}')], { size: 2 });
    await server.driver.remove(blobKey(digestOf(blobOf(100, 'dangling'.length))));
    server.clock.ms += 11 * 60_000;
    const hit = (await rig.store.lookup([keyOf('dangling')])).get(keyOf('dangling'))!;
    await expect(readDigests(hit)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });

    const damaged: unknown[] = [];
    using other = clientRig({ url: server.url });
    const keys = ['never', 'sound', 'unreadable', 'dangling'].map(keyOf);
    const hits = await other.store.lookup(keys, { onDamaged: (key, problem) => damaged.push([key, problem]) });
    expect([...hits.keys()]).toEqual([keyOf('sound')]);
    expect(damaged).toEqual([
      [keyOf('unreadable'), 'unreadable'],
      [keyOf('dangling'), 'dangling'],
    ]);
  });
});
