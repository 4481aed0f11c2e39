import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@velocity/core';
import type { NegotiateResult } from '@velocity/protocol';
import { tempDir } from '@velocity/testing';
import { envToConfig } from '../src/config/env-to-config.js';
import { Gateway } from '../src/gateway.js';
import type { StopTimes } from '../src/gateway.js';
import { HttpServer } from '../src/http-server.js';
import { createLogger } from '../src/logger.js';
import { createMetrics } from '../src/metrics.js';
import { putHead, RawClient } from './support/raw-client.js';
import { artifactOf, createRig, keyOf, negotiate, store, TOKENS } from './support/rig.js';

interface Listening extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly port: number;
  readonly log: string[];
}

async function listen(env: Record<string, string> = {}, stopTimes?: StopTimes): Promise<Listening> {
  const dir = tempDir();
  const checked = envToConfig({ VC_PORT: '0', VC_LOCAL_ROOT: dir.join('store'), ...env }, {});
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const log: string[] = [];
  const gateway = await Gateway.start({
    config: checked.value,
    grants: checked.value.grants,
    metrics: createMetrics(),
    logger: createLogger({ level: 'debug', write: (line) => log.push(line), now: Date.now }),
    now: Date.now,
    random: Math.random,
    randomBytes,
    newId: randomUUID,
    onFatal: (error) => log.push(error.message),
    signal: new AbortController().signal,
    ...(stopTimes !== undefined && { stopTimes }),
  });
  return {
    gateway,
    log,
    port: Number(new URL(gateway.url).port),
    async [Symbol.asyncDispose]() {
      await gateway.stop(AbortSignal.abort());
      dir[Symbol.dispose]();
    },
  };
}

async function uploadUrl({ gateway }: Listening, bytes: Uint8Array): Promise<string> {
  const digest = digestOf(bytes);
  const artifact = { ...artifactOf(['x']), blobs: [{ digest, size: bytes.byteLength, unpackedSize: 1 }] };
  const response = await fetch(`${gateway.url}/v1/negotiate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ hash: keyOf(digest), action: 'upload', artifact }),
  });
  const result = (await response.json()) as NegotiateResult;
  if (!('status' in result) || result.status !== 'upload_needed') throw new Error(JSON.stringify(result));
  const [blob] = result.blobs;
  if (blob === undefined || !('url' in blob)) throw new Error('no URL');
  return blob.url;
}

describe('a listening gateway', () => {
  test('moves a blob of 20 MB through signed URLs, both ways', async () => {
    await using server = await listen();
    const bytes = randomBytes(20_000_000);
    const url = await uploadUrl(server, bytes);
    expect(url).toMatch(/^http:\/\/localhost:\d+\/v1\/proxy\/blob\//);
    const put = await fetch(url, { method: 'PUT', body: bytes });
    expect(put.status).toBe(201);
    const key = new URL(url).pathname.slice('/v1/proxy/blob/'.length);
    const signed = await server.gateway.context.storage.sign({ method: 'GET', key, lifetimeMs: 60_000 });
    const got = await fetch(signed.url);
    expect(got.headers.get('content-length')).toBe('20000000');
    expect(digestOf(new Uint8Array(await got.arrayBuffer()))).toBe(digestOf(bytes));
  });

  test('sixteen uploads of one blob at the same time make one blob, and none fails otherwise than by 412', async () => {
    await using server = await listen();
    const bytes = randomBytes(500_000);
    const url = await uploadUrl(server, bytes);
    const statuses = await Promise.all(
      Array.from({ length: 16 }, async () => (await fetch(url, { method: 'PUT', body: bytes })).status),
    );
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 412)).toHaveLength(15);
  });

  test('an upload that is refused is never asked for its body (Expect: 100-continue)', async () => {
    await using server = await listen();
    const url = await uploadUrl(server, Buffer.from('hello'));
    for (const head of [
      putHead(url, { 'content-length': '5000000000', expect: '100-continue' }),
      putHead(url.replace('signature=', 'signature=0'), { 'content-length': '5', expect: '100-continue' }),
    ]) {
      using client = await RawClient.open(server.port);
      client.send(head);
      await client.closed();
      expect(client.received).toMatch(/^HTTP\/1\.1 40[03] /);
      expect(client.received).not.toContain('100 Continue');
    }
  });

  test('an upload that is fine is asked for its body, and answered', async () => {
    await using server = await listen();
    const url = await uploadUrl(server, Buffer.from('hello'));
    using client = await RawClient.open(server.port);
    client.send(putHead(url, { 'content-length': '5', expect: '100-continue' }));
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.send('hello');
    await client.until(/HTTP\/1\.1 201 Created/);
  });

  test('a client that hangs up in the middle leaves nothing, and the URL still works', async () => {
    await using server = await listen();
    const url = await uploadUrl(server, Buffer.from('hello'));
    const client = await RawClient.open(server.port);
    client.send(putHead(url, { 'content-length': '5', expect: '100-continue' }));
    await client.until(/100 Continue/);
    client.send('he');
    client[Symbol.dispose]();
    expect((await fetch(url, { method: 'PUT', body: 'hello' })).status).toBe(201);
  });

  test('a large body without a token is refused before it is read', async () => {
    await using server = await listen({ VC_AUTH_TOKEN: 'the-token' });
    using client = await RawClient.open(server.port);
    client.send(
      'POST /v1/negotiate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 8000000\r\nexpect: 100-continue\r\n\r\n',
    );
    await client.closed();
    expect(client.received).toMatch(/^HTTP\/1\.1 401 /);
    expect(client.received).toMatch(/connection: close/i);
  });

  test('a port that is taken is a plain error', async () => {
    await using server = await listen();
    await expect(listen({ VC_PORT: String(server.port) })).rejects.toMatchObject({
      code: 'USAGE',
      message: `127.0.0.1:${server.port} is in use`,
    });
  });

  test('a directory that cannot be made is a plain error, and the port is free again', async () => {
    using dir = tempDir();
    await using server = await listen();
    await expect(listen({ VC_LOCAL_ROOT: `/dev/null${dir.path}` })).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
    });
    expect((await fetch(`${server.gateway.url}/health`)).status).toBe(200);
  });
});

describe('slow and many clients', () => {
  const handle = (): Response => new Response('ok');
  const open = { bind: '127.0.0.1', port: 0, maxConnections: 100, handle };

  test.each([
    ['sends its headers a byte at a time', 'GET /health HTTP/1.1\r\nhost: x\r\nx-slow: '],
    ['sends nothing at all', ''],
  ])('a client that %s is cut, others are served', async (_what, text) => {
    const server = await HttpServer.listen({ ...open, headersTimeoutMs: 100 });
    using slow = await RawClient.open(server.port);
    slow.send(text);
    expect(await (await fetch(`http://127.0.0.1:${server.port}/`)).text()).toBe('ok');
    await slow.closed();
    server.destroy();
    await server.close();
  });

  test('a client that stops reading a download is cut', async () => {
    const rig = await createRig({ limits: { idleTimeoutMs: 100 } });
    const content = 'x'.repeat(30_000_000);
    await store(rig, TOKENS.trusted, 'large', [content]);
    const found = await negotiate(rig, TOKENS.reader, { hash: keyOf('large'), action: 'download' });
    if (!('status' in found) || found.status !== 'found') throw new Error('not found');
    const { pathname, search } = new URL(found.blobs[0]?.url ?? '');
    const server = await HttpServer.listen({ ...open, handle: (request, node) => rig.app.fetch(request, node) });
    using client = await RawClient.open(server.port);
    client.pause();
    client.send(`GET ${pathname}${search} HTTP/1.1\r\nhost: x\r\n\r\n`);
    // With the only connection cut, closing has nothing to wait for.
    while (rig.log.length < 4) await new Promise((resolve) => setImmediate(resolve));
    await server.close();
  });

  test('headers above 16 KiB are refused', async () => {
    const server = await HttpServer.listen(open);
    using client = await RawClient.open(server.port);
    client.send(`GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`);
    await client.until(/^HTTP\/1\.1 431 /);
    server.destroy();
    await server.close();
  });

  test('connections above the cap are dropped', async () => {
    const server = await HttpServer.listen({ ...open, maxConnections: 2 });
    using _first = await RawClient.open(server.port);
    using _second = await RawClient.open(server.port);
    using third = await RawClient.open(server.port);
    await third.closed();
    server.destroy();
    await server.close();
  });
});

describe('stopping', () => {
  test('finishes an upload that is under way, takes no new connection, and is done', async () => {
    await using server = await listen();
    const url = await uploadUrl(server, Buffer.from('hello'));
    using client = await RawClient.open(server.port);
    client.send(putHead(url, { 'content-length': '5', expect: '100-continue' }));
    await client.until(/100 Continue/);
    client.send('he');
    const stopped = server.gateway.stop(new AbortController().signal);
    await expect(RawClient.open(server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    client.send('llo');
    const received = await client.until(/201 Created/);
    expect(received).toMatch(/connection: close/i);
    await stopped;
  });

  test('refuses with 503 what takes too long, and leaves nothing of it', async () => {
    await using server = await listen({}, { finishMs: 20, refuseMs: 5000 });
    const url = await uploadUrl(server, Buffer.from('hello'));
    using client = await RawClient.open(server.port);
    client.send(putHead(url, { 'content-length': '5', expect: '100-continue' }));
    await client.until(/100 Continue/);
    client.send('he');
    await server.gateway.stop(new AbortController().signal);
    expect(client.received).toMatch(/HTTP\/1\.1 503 [^]*"STOPPING"/);
  });

  test('cuts what does not end at all', async () => {
    await using server = await listen({}, { finishMs: 10, refuseMs: 10 });
    using client = await RawClient.open(server.port);
    client.send(
      'POST /v1/negotiate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    );
    await server.gateway.stop(new AbortController().signal);
    await client.closed();
  });
});
