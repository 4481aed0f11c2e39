import { createServer } from 'node:http';

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import {
  deferred,
  listenOnFreePort,
  sendHttp,
  startFakeS3,
  startFaultProxy,
  getObject,
  putObject,
  type FaultProxy,
  type Listening,
} from '@velocity/testing';

import { until } from './s3-fixture.js';

const body = Buffer.alloc(100_000, 'velocity');
const server = createServer((request, response) => {
  request.resume();
  request.once('end', () => response.end(body));
});
let target: Listening;
let proxy: FaultProxy;
beforeAll(async () => {
  target = await listenOnFreePort(server);
  proxy = await startFaultProxy({ target: target.url });
});
afterEach(() => proxy.clearFaults());
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

const fetchBody = async (timeoutMs = 5000): Promise<Buffer> => (await sendHttp(proxy.url, { timeoutMs })).body;

test('without faults everything passes, and is counted', async () => {
  const before = { ...proxy.counters };
  expect((await fetchBody()).equals(body)).toBe(true);
  expect(proxy.counters.connections).toBe(before.connections + 1);
  expect(proxy.counters.bytesDown - before.bytesDown).toBeGreaterThan(body.length);
  expect(proxy.counters.bytesUp).toBeGreaterThan(before.bytesUp);
});

test('resets after so many bytes, so many times', async () => {
  await proxy.setFaults({ down: { resetAfterBytes: 50_000 }, times: 2 });
  const before = proxy.counters.bytesDown;
  await expect(fetchBody()).rejects.toThrow(/aborted|ECONNRESET/);
  expect(proxy.counters.bytesDown - before).toBe(50_000);
  await expect(fetchBody()).rejects.toThrow(/aborted|ECONNRESET/);
  expect(await fetchBody()).toHaveLength(body.length);
});

test('resets an upload', async () => {
  await proxy.setFaults({ up: { resetAfterBytes: 50_000 } });
  await expect(sendHttp(proxy.url, { method: 'PUT', body })).rejects.toThrow(/ECONNRESET|EPIPE|hang up/);
});

test('truncates: an orderly end, too early', async () => {
  await proxy.setFaults({ down: { truncateAfterBytes: 50_000 } });
  await expect(fetchBody()).rejects.toThrow('aborted');
});

test('stalls, with the connection open', async () => {
  await proxy.setFaults({ down: { stallAfterBytes: 50_000 } });
  const before = proxy.counters.bytesDown;
  await expect(fetchBody(300)).rejects.toThrow();
  expect(proxy.counters.bytesDown - before).toBe(50_000);
});

test('flips one byte, and the length stays', async () => {
  await proxy.setFaults({ down: { flipByteAt: 50_000 } });
  const got = await fetchBody();
  expect(got).toHaveLength(body.length);
  expect([...got].filter((byte, index) => byte !== body[index])).toHaveLength(1);
});

test('trickles and delays', async () => {
  await proxy.setFaults({ down: { bytesPerSecond: 400_000 } });
  const startedAt = performance.now();
  expect(await fetchBody()).toHaveLength(body.length);
  expect(performance.now() - startedAt).toBeGreaterThan(150);

  await proxy.setFaults({ up: { latencyMs: 60 }, down: { latencyMs: 60 } });
  const delayedAt = performance.now();
  await fetchBody();
  expect(performance.now() - delayedAt).toBeGreaterThan(110);
});

test('refuses connections, and takes them again at the same address', async () => {
  await proxy.setFaults({ refuse: true });
  await expect(fetchBody()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await proxy.clearFaults();
  expect(await fetchBody()).toHaveLength(body.length);
});

test('a fault takes effect on a connection that stands, and every connection can be cut', async () => {
  const held = deferred();
  const slow = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': '10' }).write('first');
    void held.promise.then(() => response.end('later'));
  });
  await using listening = await listenOnFreePort(slow);
  await using own = await startFaultProxy({ target: listening.url });
  const answer = sendHttp(own.url).catch((error: unknown) => error);
  await until(() => own.counters.bytesDown > 0);
  await own.setFaults({ down: { resetAfterBytes: own.counters.bytesDown } });
  held.resolve();
  expect(await answer).toMatchObject({ code: 'ECONNRESET' });

  const cut = sendHttp(own.url).catch((error: unknown) => error);
  await until(() => own.counters.connections >= 2);
  own.resetConnections();
  expect(await cut).toMatchObject({ code: 'ECONNRESET' });
});

test('an S3 store can stand behind it', async () => {
  await using store = await startFakeS3();
  await using line = await startFaultProxy({ target: store.endpoint });
  const through = { ...store, endpoint: line.url };
  await putObject(through, 'a', body);
  expect((await getObject(through, 'a'))?.equals(body)).toBe(true);
  await line.setFaults({ down: { flipByteAt: 60_000 } });
  expect((await getObject(through, 'a'))?.equals(body)).toBe(false);
});
