import { describe, expect, test } from '@jest/globals';
import { LocalStore, type ArtifactHit } from '@velocity/client';
import { digestOf } from '@velocity/core';
import { MemoryDriver } from '@velocity/storage';
import { deferred } from '@velocity/testing';
import { artifactOf, blobOf, collect, describe as describeArtifact, keyOf, readDigests } from './support/artifacts.js';
import { clientRig, NOW_MS, type ClientRig, type ClientRigOptions } from './support/client-rig.js';
import { count, startGateway, type GatewayRig } from './support/gateway-rig.js';
import { startScriptedGateway } from './support/scripted-gateway.js';
import { startScripted, type Answer } from './support/scripted-server.js';

const KEY = keyOf('a');
const bytes = blobOf(500_000);
const half = bytes.subarray(0, 250_000);
const failureOf = async (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

async function hitOf(rig: ClientRig): Promise<ArtifactHit> {
  const hit = (await rig.store.lookup([KEY])).get(KEY);
  if (hit === undefined) throw new Error('not found');
  return hit;
}

/** A gateway that has one artifact, and a client that has looked it up. */
async function upTo(server: GatewayRig, rig: ClientRig): Promise<ArtifactHit> {
  using writer = clientRig({ url: server.url });
  await writer.store.save(KEY, artifactOf([bytes]));
  return hitOf(rig);
}

describe('a bad line', () => {
  test.each([{ resetAfterBytes: 200_000 }, { truncateAfterBytes: 200_000 }, { resetAfterBytes: 10 }])(
    'that breaks once, %j, is made up for',
    async (fault) => {
      await using server = await startGateway();
      using rig = clientRig({ url: server.url });
      const hit = await upTo(server, rig);
      await server.line.setFaults({ down: fault, times: 1 });
      expect(await readDigests(hit)).toEqual([digestOf(bytes)]);
      expect(rig.sleeps).toHaveLength(1);
      expect([await rig.busy(), rig.breaker.isOpen]).toEqual([0, false]);
    },
  );

  test.each([{ resetAfterBytes: 200_000 }, { truncateAfterBytes: 200_000 }])(
    'that breaks every time, %j, ends as an outage, and the local store has nothing of it',
    async (fault) => {
      await using server = await startGateway();
      using rig = clientRig({ url: server.url, threshold: 1 });
      const hit = await upTo(server, rig);
      await server.line.setFaults({ down: fault });
      await using driver = await MemoryDriver.open({ now: () => NOW_MS });
      const local = new LocalStore({ driver, now: () => NOW_MS });
      const failure = await failureOf(local.save(KEY, hit));
      expect(failure).toMatchObject({ code: 'GATEWAY_UNAVAILABLE' });
      expect(String(failure)).not.toMatch(/\?/);
      expect(rig.sleeps).toHaveLength(2);
      for await (const { key } of driver.list()) throw new Error(`left behind: ${key}`);
      expect([await rig.busy(), rig.store.isOff]).toEqual([0, true]);
    },
  );

  test('that stalls ends as a time-out', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url, timeouts: { idleMs: 60 } });
    const hit = await upTo(server, rig);
    await server.line.setFaults({ down: { stallAfterBytes: 200_000 } });
    await expect(readDigests(hit)).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: `${server.line.url}: nothing moved for 0.06 s`,
    });
    expect(await rig.busy()).toBe(0);
  });

  test('that is too slow ends as a time-out', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url, timeouts: { totalMs: 250 } });
    const hit = await upTo(server, rig);
    await server.line.setFaults({ down: { bytesPerSecond: 20_000 } });
    await expect(readDigests(hit)).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('0.25 s'),
    });
  });

  test('that changes a byte ends as a corrupt artifact, which says nothing against the remote', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url, threshold: 1 });
    const hit = await upTo(server, rig);
    await server.line.setFaults({ down: { flipByteAt: 100_000 } });
    await expect(readDigests(hit)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    expect(rig.store.isOff).toBe(false);
  });

  test('that refuses connections ends as an outage with a hint', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url });
    const hit = await upTo(server, rig);
    await server.line.setFaults({ refuse: true });
    const failure = await failureOf(readDigests(hit));
    expect(failure).toMatchObject({ code: 'GATEWAY_UNAVAILABLE', hint: expect.stringContaining('running') });
  });
});

/** A storage of the test's own behind a gateway that sends everyone there. */
async function storageRig(answer: Answer, options: Partial<ClientRigOptions> = {}) {
  const storage = await startScripted(answer);
  const gateway = await startScriptedGateway(storage.url, describeArtifact([bytes]));
  const rig = clientRig({ url: gateway.url, ...options });
  return {
    storage,
    gateway,
    rig,
    hit: await hitOf(rig),
    [Symbol.asyncDispose]: async () => {
      rig[Symbol.dispose]();
      await gateway[Symbol.asyncDispose]();
      await storage[Symbol.asyncDispose]();
    },
  };
}

describe('a storage', () => {
  test('that can send the rest is asked for the rest only', async () => {
    await using own = await storageRig(({ headers }, { response, count }) => {
      if (count === 1) {
        response.writeHead(200, { 'content-length': String(bytes.byteLength) });
        response.write(half, () => response.destroy());
        return;
      }
      const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1]);
      const range = `bytes ${start}-${bytes.byteLength - 1}/${bytes.byteLength}`;
      response.writeHead(206, { 'content-range': range });
      response.end(bytes.subarray(start));
    });
    expect(await readDigests(own.hit)).toEqual([digestOf(bytes)]);
    expect(own.storage.seen.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=250000-']);
    expect(own.rig.moved.down).toBe(bytes.byteLength);
  });

  test('gets the signed headers and no token', async () => {
    await using own = await storageRig((_seen, { response }) => void response.end(bytes));
    await readDigests(own.hit);
    expect(own.storage.seen[0]?.headers).toMatchObject({ 'x-signed': 'yes' });
    expect(own.storage.seen[0]?.headers).not.toHaveProperty('authorization');
  });

  const wrong: readonly (readonly [string, number, string, Answer])[] = [
    ['other bytes', 1, 'has other bytes', (_seen, { response }) => void response.end(blobOf(500_000, 7))],
    ['too many bytes', 1, 'has more than', (_seen, { response }) => void response.end(Buffer.concat([bytes, half]))],
    ['too few bytes', 3, 'ended after 250000', (_seen, { response }) => void response.end(half)],
    ['nothing', 3, 'ended after 0', (_seen, { response }) => void response.end()],
    [
      'a part nobody asked for',
      1,
      'status 206',
      (_seen, { response }) => {
        response.writeHead(206, { 'content-range': 'bytes 5-9/500000' });
        response.end(bytes);
      },
    ],
    [
      'less than there should be, and says so',
      2,
      'too short',
      (_seen, { response, count: requests }) => {
        if (requests > 1) response.writeHead(416);
        response.end(requests > 1 ? '' : half);
      },
    ],
    [
      '404',
      1,
      'gone',
      (_seen, { response }) => void response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>'),
    ],
    ['a redirect', 1, 'status 302', (_seen, { response }) => void response.writeHead(302, { location: '/x' }).end()],
  ];

  test.each(wrong)(
    'that sends %s is asked %i times, and the blob is refused: %s',
    async (_name, times, words, answer) => {
      await using own = await storageRig(answer);
      const failure = await failureOf(readDigests(own.hit));
      expect((failure as { code: string }).code).toMatch(/ARTIFACT_CORRUPT|GATEWAY_REFUSED/);
      expect(String(failure)).toContain(words);
      expect(String(failure)).not.toContain('secret');
      expect(own.storage.seen).toHaveLength(times);
      expect(await own.rig.busy()).toBe(0);
    },
  );

  test.each([400, 401, 403])('that refuses a URL with %i gets one new one', async (status) => {
    await using own = await storageRig((_seen, { response, count: requests }) => {
      if (requests === 1) response.writeHead(status).end('<Error><Code>AccessDenied</Code></Error>');
      else response.end(bytes);
    });
    expect(await readDigests(own.hit)).toEqual([digestOf(bytes)]);
    expect(own.gateway.seen).toHaveLength(2);
  });

  test('that refuses a URL late, when there are new ones already, is asked with the new one', async () => {
    const other = blobOf(1000);
    const contents = [bytes, other];
    const firstIsRead = deferred();
    const refused = new Set<string>();
    await using storage = await startScripted(async ({ path }, { response }) => {
      const content = path.includes(digestOf(other)) ? other : bytes;
      if (refused.has(path)) return void response.end(content);
      refused.add(path);
      if (content === other) await firstIsRead.promise;
      return void response.writeHead(403).end();
    });
    await using gateway = await startScriptedGateway(storage.url, describeArtifact(contents));
    using rig = clientRig({ url: gateway.url });
    const hit = await hitOf(rig);
    const late = collect(await hit.openBlob(1));
    expect(digestOf(await collect(await hit.openBlob(0)))).toBe(digestOf(bytes));
    firstIsRead.resolve();
    expect(digestOf(await late)).toBe(digestOf(other));
    expect(gateway.seen).toHaveLength(2);
  });

  test('that refuses every URL is not asked for ever', async () => {
    await using own = await storageRig((_seen, { response }) => void response.writeHead(403).end());
    await expect(readDigests(own.hit)).rejects.toMatchObject({ code: 'GATEWAY_REFUSED' });
    expect([own.storage.seen.length, own.gateway.seen.length]).toEqual([2, 2]);
  });

  test('whose error page has no end does not hold anyone up', async () => {
    await using own = await storageRig((_seen, { response }) => {
      response.writeHead(404);
      const send = (): void => {
        while (!response.destroyed && response.write(half)) continue;
        if (!response.destroyed) response.once('drain', send);
      };
      send();
    });
    await expect(readDigests(own.hit)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    expect(await own.rig.busy()).toBe(0);
  });
});

describe('a reader', () => {
  test('who never starts causes no request', async () => {
    await using own = await storageRig((_seen, { response }) => void response.end(bytes));
    const chunks = await own.hit.openBlob(0);
    await chunks[Symbol.asyncIterator]().return?.();
    expect(own.storage.seen).toEqual([]);
  });

  test('who stops in the middle closes the connection', async () => {
    const closed = deferred();
    await using own = await storageRig((_seen, { response }) => {
      response.once('close', () => closed.resolve());
      response.writeHead(200, { 'content-length': String(bytes.byteLength) });
      response.write(half);
    });
    for await (const chunk of await own.hit.openBlob(0)) {
      expect(chunk.byteLength).toBeGreaterThan(0);
      break;
    }
    await closed.promise;
    expect(await own.rig.busy()).toBe(0);
  });

  test('who cancels is told so at once, without another attempt', async () => {
    const controller = new AbortController();
    const closed = deferred();
    await using own = await storageRig((_seen, { response }) => {
      response.once('close', () => closed.resolve());
      response.writeHead(200, { 'content-length': String(bytes.byteLength) });
      response.write(half);
    });
    const chunks = await own.hit.openBlob(0, { signal: controller.signal });
    const reading = (async () => {
      for await (const _chunk of chunks) controller.abort();
    })();
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
    await closed.promise;
    expect([own.rig.sleeps, own.rig.breaker.isOpen, await own.rig.busy()]).toEqual([[], false, 0]);
  });

  test('who asks for a blob that is not there is told so', async () => {
    await using own = await storageRig((_seen, { response }) => void response.end(bytes));
    await expect(own.hit.openBlob(1)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
  });

  test('who is slow is not taken for a line that stands still', async () => {
    await using silent = await startScripted(() => undefined);
    await using own = await storageRig((_seen, { response }) => void response.end(bytes), { timeouts: { idleMs: 40 } });
    using other = clientRig({ url: silent.url, timeouts: { idleMs: 100 } });
    const parts: Uint8Array[] = [];
    for await (const chunk of await own.hit.openBlob(0)) {
      // As long as it takes to give up on a server that says nothing, three times.
      if (parts.length === 1) await failureOf(other.gateway.whoami());
      parts.push(chunk);
    }
    expect(digestOf(Buffer.concat(parts))).toBe(digestOf(bytes));
    expect(own.rig.sleeps).toEqual([]);
  });
});

test('several blobs of one hit are read at the same time', async () => {
  await using server = await startGateway();
  using rig = clientRig({ url: server.url });
  const contents = Array.from({ length: 12 }, (_, index) => blobOf(100_000, index));
  await rig.store.save(KEY, artifactOf(contents));
  const hit = await hitOf(rig);
  const read = await Promise.all(contents.map(async (_, index) => collect(await hit.openBlob(index))));
  expect(read.map(digestOf)).toEqual(contents.map(digestOf));
  expect(count(server, 'GET blob')).toBe(12);
});
