import { createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { GatewayClient } from '@velocity/client';
import { digestOf, type ErrorCode } from '@velocity/core';
import type { NegotiateItem } from '@velocity/protocol';
import { listenOnFreePort } from '@velocity/testing';
import { describe as describeArtifact, keyOf } from './support/artifacts.js';
import { clientRig, NOW_MS, TOKEN } from './support/client-rig.js';
import { json, startScripted } from './support/scripted-server.js';

const WHOAMI = {
  name: 'trusted',
  role: 'trusted-writer',
  namespace: 'default',
  scope: 'trusted',
  limits: { maxArtifactSize: 1, maxBlobSize: 1, maxBatchItems: 1000 },
  serverTime: '2026-01-01T00:00:00.000Z',
  version: '1.0.0',
  publicKeys: [],
};
const download = (name: string): NegotiateItem => ({ hash: keyOf(name), action: 'download' });
const failureOf = async (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);
const refusal = (code: string, retryable = false) => ({ error: { code, message: 'no', hint: 'ask', retryable } });

describe('requests', () => {
  test('carry the token, who asks, and JSON, below the path of the URL', async () => {
    await using server = await startScripted((_seen, { response }) => json(response, 200, WHOAMI));
    using rig = clientRig({ url: `${server.url}/cache//` });
    expect(await rig.gateway.whoami()).toEqual(WHOAMI);
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]).toMatchObject({
      path: '/cache/v1/whoami',
      headers: { authorization: `Bearer ${TOKEN}`, 'user-agent': 'velocity/test', accept: 'application/json' },
    });
  });

  test('have no Authorization without a token', async () => {
    await using server = await startScripted((_seen, { response }) => json(response, 200, { status: 'stored' }));
    using rig = clientRig({ url: server.url, client: { token: '' } });
    expect(await rig.gateway.commit('a ticket')).toEqual({ status: 'stored' });
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
    expect(server.seen[0]?.body?.toString()).toBe('{"ticket":"a ticket"}');
  });

  test('of more items than a batch holds go out as several, and the answers keep their order', async () => {
    await using server = await startScripted(({ body }, { response }) => {
      const { items } = JSON.parse(String(body)) as { items: { hash: string }[] };
      json(response, 200, {
        items: items.map(({ hash }) => ({ error: { code: hash, message: '', retryable: false } })),
      });
    });
    using rig = clientRig({ url: server.url });
    const items = Array.from({ length: 2500 }, (_, index) => download(String(index)));
    const results = await rig.gateway.negotiate(items);
    expect(results.map((result) => 'error' in result && result.error.code)).toEqual(items.map(({ hash }) => hash));
    const sizes = server.seen.map(({ body }) => (JSON.parse(String(body)) as { items: unknown[] }).items.length);
    expect(sizes.sort((a, b) => b - a)).toEqual([1000, 1000, 500]);
    expect(await rig.gateway.negotiate([])).toEqual([]);
  });

  test('of uploads with very many blobs stay below what a gateway takes in one body', async () => {
    await using server = await startScripted(({ body }, { response }) => {
      const { items } = JSON.parse(String(body)) as { items: unknown[] };
      json(response, 200, { items: items.map(() => ({ status: 'skipped' })) });
    });
    using rig = clientRig({ url: server.url });
    const blob = { digest: digestOf('a blob'), size: 1000, unpackedSize: 2000 };
    const artifact = { ...describeArtifact([]), blobs: Array.from({ length: 16_384 }, () => blob) };
    const items = Array.from({ length: 6 }, (_, index) => ({
      hash: keyOf(`${index}`),
      action: 'upload' as const,
      artifact,
    }));
    expect(await rig.gateway.negotiate(items)).toHaveLength(6);
    for (const { body } of server.seen) expect(body?.byteLength).toBeLessThan(4.2 * 1024 * 1024);
  });
});

describe('refusals', () => {
  const cases: readonly (readonly [number, unknown, ErrorCode, attempts: number])[] = [
    [400, refusal('PROTOCOL'), 'GATEWAY_REFUSED', 1],
    [401, refusal('UNAUTHORIZED'), 'UNAUTHORIZED', 1],
    [401, '<html>', 'UNAUTHORIZED', 1],
    [403, refusal('FORBIDDEN'), 'FORBIDDEN', 1],
    [404, 'not here', 'GATEWAY_REFUSED', 1],
    [408, refusal('TIMEOUT', true), 'GATEWAY_UNAVAILABLE', 3],
    [413, refusal('ARTIFACT_TOO_LARGE'), 'ARTIFACT_TOO_LARGE', 1],
    [429, 'slow down', 'GATEWAY_UNAVAILABLE', 3],
    [500, refusal('INTERNAL'), 'GATEWAY_UNAVAILABLE', 1],
    [502, '<html>bad gateway</html>', 'GATEWAY_UNAVAILABLE', 3],
    [503, refusal('STORAGE_UNAVAILABLE', true), 'STORAGE_UNAVAILABLE', 3],
    [503, refusal('STORAGE_UNAVAILABLE', false), 'STORAGE_UNAVAILABLE', 1],
    [507, refusal('STORAGE_FULL'), 'STORAGE_FULL', 1],
  ];

  test.each(cases)('%i %j is %s after %i attempts', async (status, body, code, attempts) => {
    await using server = await startScripted((_seen, { response }) => json(response, status, body));
    using rig = clientRig({ url: server.url });
    const failure = await failureOf(rig.gateway.whoami());
    expect(failure).toMatchObject({ name: 'VelocityError', code });
    expect(String(failure)).toContain(server.url);
    expect(String(failure)).not.toContain(TOKEN);
    expect(server.seen).toHaveLength(attempts);
    expect(await rig.busy()).toBe(0);
  });

  test('one that passes is forgotten', async () => {
    await using server = await startScripted((_seen, { response, count }) =>
      count < 3 ? json(response, 503, refusal('STORAGE_UNAVAILABLE', true)) : json(response, 200, WHOAMI),
    );
    using rig = clientRig({ url: server.url });
    expect(await rig.gateway.whoami()).toEqual(WHOAMI);
    // Half of 100 ms, half of 200 ms: the randomness of the rig is 0.5.
    expect(rig.sleeps).toEqual([50, 100]);
  });

  test.each([
    ['1', 1050],
    ['0', 50],
    ['3600', 2050],
    ['99999999999999999999999', 2050],
    [new Date(NOW_MS + 1000).toUTCString(), 1050],
    [new Date(NOW_MS - 1000).toUTCString(), 50],
    ['1.5', 50],
    ['-1', 50],
    ['soon', 50],
    ['', 50],
  ])('Retry-After %j is heeded up to the longest delay: %i ms', async (header, expected) => {
    await using server = await startScripted((_seen, { response, count }) =>
      count === 1 ? json(response, 429, {}, { 'retry-after': header }) : json(response, 200, WHOAMI),
    );
    using rig = clientRig({ url: server.url });
    await rig.gateway.whoami();
    expect(rig.sleeps).toEqual([expected]);
  });

  test.each([301, 302, 303, 307, 308])('%i is not followed: no one else sees the token', async (status) => {
    await using elsewhere = await startScripted((_seen, { response }) => json(response, 200, WHOAMI));
    await using server = await startScripted((_seen, { response }) =>
      json(response, status, '', { location: `${elsewhere.url}/v1/whoami?token=secret` }),
    );
    using rig = clientRig({ url: server.url });
    const failure = await failureOf(rig.gateway.whoami());
    expect(failure).toMatchObject({ code: 'GATEWAY_REFUSED', hint: expect.stringContaining('redirects') });
    expect(String(failure)).not.toContain('secret');
    expect(elsewhere.seen).toEqual([]);
  });

  test("the gateway's words are cut to size and cannot drive a terminal", async () => {
    const message = `\u001b[2J${'x'.repeat(100_000)}`;
    await using server = await startScripted((_seen, { response }) =>
      json(response, 400, { error: { code: 'X', message, hint: 'a\u202eb', retryable: false } }),
    );
    using rig = clientRig({ url: server.url });
    const failure = (await failureOf(rig.gateway.whoami())) as { message: string; hint: string };
    // An error body is read only so far; what is cut off in the middle is no JSON.
    expect(failure.message).toBe(`${server.url}: status 400`);
    await using brief = await startScripted((_seen, { response }) =>
      json(response, 400, {
        error: { code: 'X', message: message.slice(0, 1000), hint: 'a\u202eb', retryable: false },
      }),
    );
    using second = clientRig({ url: brief.url });
    const tamed = (await failureOf(second.gateway.whoami())) as { message: string; hint: string };
    expect(tamed.message.length).toBeLessThan(400);
    expect(tamed.message).not.toContain('\u001b');
    expect(tamed.hint).toBe('a\\u202eb');
  });
});

describe('hostile answers', () => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  const found = {
    status: 'found',
    record: {},
    blobs: [{ digest: 'x', url: 'http://h/?sig=secret', headers: {} }],
  };
  const cases: readonly (readonly [string, string])[] = [
    ['not JSON', '<html>login</html>'],
    ['nothing', ''],
    ['null', 'null'],
    ['deep JSON', deep],
    ['deep items', `{"items":${deep}}`],
    ['too few answers', '{"items":[]}'],
    ['too many answers', '{"items":[{"status":"missing"},{"status":"missing"},{"status":"missing"}]}'],
    ['an unknown status', '{"items":[{"status":"secret"},{"status":"missing"}]}'],
    ['a record that is none', JSON.stringify({ items: [found, found] })],
    [
      'a URL that is none',
      '{"items":[{"status":"upload_needed","ticket":"t","blobs":[{"digest":"' +
        `${digestOf('x')}","url":"//h/?sig=secret","headers":{}}]},{"status":"missing"}]}`,
    ],
  ];

  test.each(cases)('%s is PROTOCOL, and not asked for again', async (_name, body) => {
    await using server = await startScripted((_seen, { response }) => json(response, 200, body));
    using rig = clientRig({ url: server.url });
    const failure = await failureOf(rig.gateway.negotiate([download('a'), download('b')]));
    expect(failure).toMatchObject({ code: 'PROTOCOL' });
    expect(String(failure).length).toBeLessThan(300);
    expect(String(failure)).not.toContain('secret');
    expect(server.seen).toHaveLength(1);
  });

  test('an answer without end is given up', async () => {
    const chunk = Buffer.alloc(1024 * 1024, ' ');
    await using server = await startScripted((_seen, { response }) => {
      response.writeHead(200);
      const send = (): void => {
        while (!response.destroyed && response.write(chunk)) continue;
        if (!response.destroyed) response.once('drain', send);
      };
      send();
    });
    using rig = clientRig({ url: server.url });
    await expect(rig.gateway.whoami()).rejects.toMatchObject({ code: 'PROTOCOL' });
    expect(await rig.busy()).toBe(0);
  });

  test.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['an upgrade nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'],
    ['a header without end', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`],
    ['an end before the end', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"name"'],
    ['nothing at all', ''],
  ])('%s is an outage', async (_name, wire) => {
    await using server = await listenOnFreePort(
      createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => socket.end(wire));
      }),
    );
    using rig = clientRig({ url: server.url });
    await expect(rig.gateway.whoami()).rejects.toMatchObject({ code: 'GATEWAY_UNAVAILABLE' });
    expect(rig.sleeps).toHaveLength(2);
    expect(await rig.busy()).toBe(0);
  });

  test('a refusal that is sent before the request is read does not end the process', async () => {
    await using server = await listenOnFreePort(
      createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => {
          socket.pause();
          socket.write('HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno', () => socket.destroy());
        });
      }),
    );
    const blob = { digest: digestOf('a blob'), size: 1000, unpackedSize: 2000 };
    const artifact = { ...describeArtifact([]), blobs: Array.from({ length: 16_384 }, () => blob) };
    for (let round = 0; round < 10; round++) {
      using rig = clientRig({ url: server.url });
      const failure = await failureOf(rig.gateway.negotiate([{ hash: keyOf('a'), action: 'upload', artifact }]));
      // Whether the answer is seen before the reset is up to the network.
      expect(['UNAUTHORIZED', 'GATEWAY_UNAVAILABLE']).toContain((failure as { code: string }).code);
      expect(await rig.busy()).toBe(0);
    }
  });
});

describe('settings', () => {
  const settings = (url: string, token?: string) => () => clientRig({ url, client: { token } });

  test.each(['', 'cache.example.com', 'ftp://user:secret@host/?key=secret', 'file:///etc/passwd'])(
    '%j is no gateway URL',
    (url) => {
      expect(settings(url)).toThrow(/not a gateway URL/);
      expect(settings(url)).not.toThrow(/secret/);
    },
  );

  test('a token with a line break is refused before it is sent', () => {
    expect(settings('http://127.0.0.1:1', 'secret\n')).toThrow(/cannot be sent/);
    expect(settings('http://127.0.0.1:1', 'secret\n')).not.toThrow(/secret/);
  });

  test('the origin has neither path nor credentials', () => {
    using rig = clientRig({ url: 'https://user:secret@cache.example.com:8443/a/b' });
    expect(rig.gateway.origin).toBe('https://cache.example.com:8443');
    expect(rig.gateway).toBeInstanceOf(GatewayClient);
  });
});
