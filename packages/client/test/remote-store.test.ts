import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@velocity/core';
import { artifactOf, blobOf, keyOf, readDigests } from './support/artifacts.js';
import { clientRig } from './support/client-rig.js';
import { blobKey, count, READER_TOKEN, startGateway } from './support/gateway-rig.js';

const MINUTE_MS = 60_000;
const contents = [blobOf(300_000, 1), blobOf(70_000, 2), blobOf(1, 3)];

describe('a remote store and the real gateway', () => {
  test('what one machine saves another finds, byte for byte, with one negotiation for all keys', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url });
    const artifact = artifactOf(contents);
    expect(await rig.store.save(keyOf('a'), artifact)).toBe('saved');
    expect(artifact.opened).toEqual([1, 1, 1]);

    using other = clientRig({ url: server.url });
    server.requests.length = 0;
    const hits = await other.store.lookup([keyOf('missing'), keyOf('a'), keyOf('other')]);
    expect([...hits.keys()]).toEqual([keyOf('a')]);
    const hit = hits.get(keyOf('a'));
    expect(hit).toMatchObject({ tier: 'remote', description: artifact.description });
    expect(hit?.origin).toEqual({ writer: 'trusted-writer', scope: 'trusted', createdAt: '2026-01-01T00:00:00.000Z' });
    expect(await readDigests(hit!)).toEqual(contents.map(digestOf));
    expect(server.requests).toEqual(['POST /v1/negotiate', 'GET blob', 'GET blob', 'GET blob']);
    expect(server.blobTokens).toEqual([]);
    expect([rig.moved.up, other.moved.down]).toEqual([370_001, 370_001]);
    expect([await rig.busy(), await other.busy()]).toEqual([0, 0]);
  });

  test('the second writer of a key is told what there is', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url });
    await rig.store.save(keyOf('a'), artifactOf(contents));
    const again = artifactOf(contents);
    expect(await rig.store.save(keyOf('a'), again)).toBe('exists');
    expect(again.opened).toEqual([0, 0, 0]);
  });

  test('a writer that loses the race with another result is told so', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url });
    using other = clientRig({ url: server.url });
    server.intercept = async (request) => {
      if (!request.url.endsWith('/v1/commit')) return;
      server.intercept = undefined;
      await other.store.save(keyOf('a'), artifactOf(contents, 'theirs'));
    };
    expect(await rig.store.save(keyOf('a'), artifactOf(contents, 'ours'))).toBe('divergent');
  });

  test('blobs that the storage has are not read, those named twice go out once', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url });
    await rig.store.save(keyOf('a'), artifactOf([contents[0]!]));
    server.requests.length = 0;
    const artifact = artifactOf([contents[0]!, contents[1]!, contents[1]!]);
    expect(await rig.store.save(keyOf('b'), artifact)).toBe('saved');
    expect(artifact.opened.reduce((sum, times) => sum + times, 0)).toBe(1);
    expect(count(server, 'PUT blob')).toBe(1);
  });

  test('who may only read is refused, once: nothing is asked again', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url, client: { token: READER_TOKEN } });
    expect(await rig.store.save(keyOf('a'), artifactOf(contents))).toBe('refused');
    expect(await rig.store.save(keyOf('b'), artifactOf(contents))).toBe('refused');
    expect(server.requests).toEqual(['POST /v1/negotiate']);
    expect(rig.store.isOff).toBe(false);
  });

  test('what is larger than the own limit is neither sent nor taken', async () => {
    await using server = await startGateway();
    using generous = clientRig({ url: server.url });
    await generous.store.save(keyOf('a'), artifactOf(contents));
    using rig = clientRig({ url: server.url, store: { maxArtifactBytes: 370_000 } });
    await expect(rig.store.save(keyOf('b'), artifactOf(contents))).rejects.toMatchObject({
      code: 'ARTIFACT_TOO_LARGE',
    });
    expect((await rig.store.lookup([keyOf('a')])).size).toBe(0);
    expect(rig.breaker.isOpen).toBe(false);
  });

  test('many saves at once share negotiations and all end', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url });
    const names = Array.from({ length: 40 }, (_, index) => `task ${index}`);
    const verdicts = await Promise.all(
      names.map((name, index) => rig.store.save(keyOf(name), artifactOf([blobOf(1000, index + 1)], name))),
    );
    expect(verdicts).toEqual(names.map(() => 'saved'));
    expect(count(server, 'POST /v1/negotiate')).toBe(2);
    expect((await rig.store.lookup(names.map(keyOf))).size).toBe(40);
  });
});

describe('URLs and tickets that have expired', () => {
  test('downloads negotiate again, once for all blobs', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url });
    await rig.store.save(keyOf('a'), artifactOf(contents));
    const hit = (await rig.store.lookup([keyOf('a')])).get(keyOf('a'))!;
    server.clock.ms += 16 * MINUTE_MS;
    server.requests.length = 0;
    const opened = await Promise.all(contents.map((_, index) => hit.openBlob(index)));
    expect(await readDigests({ description: hit.description, openBlob: async (index) => opened[index]! })).toEqual(
      contents.map(digestOf),
    );
    expect(count(server, 'POST /v1/negotiate')).toBe(1);
    expect(rig.sleeps).toEqual([]);
  });

  test('a record that has gone meanwhile ends as the refusal it was', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url });
    await rig.store.save(keyOf('a'), artifactOf(contents));
    const hit = (await rig.store.lookup([keyOf('a')])).get(keyOf('a'))!;
    server.clock.ms += 16 * MINUTE_MS;
    for await (const { key } of server.driver.list()) await server.driver.remove(key);
    const failure = await readDigests(hit).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'GATEWAY_REFUSED',
      message: `${server.line.url}: download failed with status 403 (URL_EXPIRED)`,
    });
  });

  test.each(['/v1/proxy/blob', '/v1/commit'])(
    'an upload that comes too late for %s starts over, once',
    async (path) => {
      await using server = await startGateway();
      using rig = clientRig({ url: server.url });
      server.intercept = (request) => {
        if (!new URL(request.url).pathname.startsWith(path)) return;
        server.intercept = undefined;
        server.clock.ms += 21 * MINUTE_MS;
      };
      expect(await rig.store.save(keyOf('a'), artifactOf(contents))).toBe('saved');
      expect(count(server, 'POST /v1/negotiate')).toBe(2);
      expect((await rig.store.lookup([keyOf('a')])).size).toBe(1);
    },
  );

  test('an upload whose URLs are always too late fails after the second round', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url });
    server.intercept = (request) => {
      if (request.method === 'PUT') server.clock.ms += 21 * MINUTE_MS;
    };
    const failure = await rig.store.save(keyOf('a'), artifactOf(contents)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'GATEWAY_REFUSED' });
    expect(String(failure)).not.toMatch(/[?&]|sig/i);
    expect(count(server, 'POST /v1/negotiate')).toBe(2);
  });

  test('a blob that vanishes before the commit is sent again', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url });
    server.intercept = async (request) => {
      if (!request.url.endsWith('/v1/commit')) return;
      server.intercept = undefined;
      await server.driver.remove(blobKey(digestOf(contents[1]!)));
    };
    const artifact = artifactOf(contents);
    expect(await rig.store.save(keyOf('a'), artifact)).toBe('saved');
    expect(artifact.opened).toEqual([1, 2, 1]);
  });
});

describe('what storage says to a PUT', () => {
  test('412: it is there already, which is what was wanted', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url });
    server.intercept = async (request) => {
      if (request.method !== 'PUT') return;
      server.intercept = undefined;
      const [bytes] = contents;
      const options = { size: bytes!.byteLength, sha256: digestOf(bytes!) };
      await server.driver.create(blobKey(digestOf(bytes!)), [bytes!], options);
    };
    const artifact = artifactOf([contents[0]!]);
    expect(await rig.store.save(keyOf('a'), artifact)).toBe('saved');
    // The gateway was asked before the body was opened: it was not wanted.
    expect([artifact.opened, rig.sleeps]).toEqual([[0], []]);
  });

  test.each([409, 429, 500, 503])('%i: tried again from the start of the blob', async (status) => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url });
    server.intercept = async (request) => {
      if (request.method !== 'PUT') return undefined;
      server.intercept = undefined;
      await request.arrayBuffer();
      return new Response('<Error><Code>OperationAborted</Code></Error>', { status, headers: { 'retry-after': '1' } });
    };
    const artifact = artifactOf([blobOf(1000)]);
    expect(await rig.store.save(keyOf('a'), artifact)).toBe('saved');
    expect(artifact.opened).toEqual([2]);
    expect(rig.sleeps).toEqual([1050]);
  });

  test('507: the store is full, which says nothing against reading from it', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url, threshold: 1 });
    server.intercept = (request) => (request.method === 'PUT' ? new Response(null, { status: 507 }) : undefined);
    await expect(rig.store.save(keyOf('a'), artifactOf(contents))).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(rig.store.isOff).toBe(false);
  });

  test('501: will not do, and is not asked again', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url });
    server.intercept = (request) => (request.method === 'PUT' ? new Response(null, { status: 501 }) : undefined);
    const save = rig.store.save(keyOf('a'), artifactOf([contents[1]!]));
    await expect(save).rejects.toMatchObject({ code: 'GATEWAY_REFUSED' });
    expect(count(server, 'PUT blob')).toBe(1);
  });
});
