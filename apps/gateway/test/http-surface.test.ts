import { describe, expect, test } from '@jest/globals';
import type { ErrorBody } from '@velocity/protocol';
import { createRig, keyOf, metric, post, TOKENS } from './support/rig.js';
import type { Rig } from './support/rig.js';

const bearer = { authorization: `Bearer ${TOKENS.trusted}` };
const json = { ...bearer, 'content-type': 'application/json' };

async function failure(
  rig: Rig,
  path: string,
  init: RequestInit,
): Promise<{ status: number; code: string; headers: Headers }> {
  const response = await rig.app.request(path, init);
  const { error } = (await response.json()) as ErrorBody;
  expect(typeof error.message).toBe('string');
  expect(typeof error.retryable).toBe('boolean');
  return { status: response.status, code: error.code, headers: response.headers };
}

describe('every failure is {error: {code, message, hint?, retryable}} with its status', () => {
  test.each([
    ['not JSON', '{"hash":', 400, 'PROTOCOL'],
    ['an empty body', '', 400, 'PROTOCOL'],
    ['no object', '[]', 400, 'PROTOCOL'],
    ['an unknown action', { hash: keyOf('a'), action: 'peek' }, 400, 'PROTOCOL'],
    ['an empty batch', { items: [] }, 400, 'PROTOCOL'],
    [
      'a batch with an unknown field',
      { items: [{ hash: keyOf('a'), action: 'download' }], scope: 'trusted' },
      400,
      'PROTOCOL',
    ],
    [
      'a batch of 1,001',
      { items: Array.from({ length: 1001 }, () => ({ hash: keyOf('a'), action: 'download' })) },
      400,
      'PROTOCOL',
    ],
    ['a key with a path in it', { hash: '../../../etc/passwd', action: 'download' }, 400, 'PROTOCOL'],
    ['a key in capitals', { hash: 'A'.repeat(64), action: 'download' }, 400, 'PROTOCOL'],
    ['__proto__', '{"__proto__":{"items":[]},"hash":"x"}', 400, 'PROTOCOL'],
    ['a deep body', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 400, 'PROTOCOL'],
  ])('%s', async (_what, body, status, code) => {
    const rig = await createRig();
    const answer = await post(rig, '/v1/negotiate', TOKENS.trusted, body);
    expect([answer.status, answer.body.error.code, answer.body.error.retryable]).toEqual([status, code, false]);
    expect(rig.driver.calls).toEqual([]);
  });

  test('another content type is 415', async () => {
    const rig = await createRig();
    const init = { method: 'POST', headers: { ...bearer, 'content-type': 'text/plain' }, body: '{}' };
    expect(await failure(rig, '/v1/negotiate', init)).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
  });

  test('a body above the limit is 413, whether it says its length or not', async () => {
    const rig = await createRig({ limits: { maxBodySize: 1000 } });
    const body = JSON.stringify({ items: 'x'.repeat(2000) });
    const declared = { method: 'POST', headers: { ...json, 'content-length': String(body.length) }, body };
    expect(await failure(rig, '/v1/negotiate', declared)).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
    const chunks = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(Buffer.from('x'.repeat(100))),
    });
    const chunked = { method: 'POST', headers: json, body: chunks, duplex: 'half' } as RequestInit;
    expect(await failure(rig, '/v1/negotiate', chunked)).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
  });

  test('a body that never ends is 408', async () => {
    const rig = await createRig({ limits: { bodyTimeoutMs: 30 } });
    const stalled = { method: 'POST', headers: json, body: new ReadableStream(), duplex: 'half' } as RequestInit;
    expect(await failure(rig, '/v1/negotiate', stalled)).toMatchObject({ status: 408, code: 'TIMEOUT' });
  });

  test('an unknown route is 404, a known one by another method 405 with Allow', async () => {
    const rig = await createRig();
    expect(await failure(rig, '/v2/negotiate', { headers: bearer })).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    const answer = await failure(rig, '/v1/negotiate', { method: 'DELETE', headers: bearer });
    expect([answer.status, answer.code, answer.headers.get('allow')]).toEqual([405, 'METHOD_NOT_ALLOWED', 'POST']);
    expect(await failure(rig, '/v1/proxy/blob/x', { method: 'DELETE' })).toMatchObject({ status: 405 });
    expect(await failure(rig, '/health', { method: 'POST' })).toMatchObject({ status: 405 });
  });

  test('a bug is 500 without a word of the inside, and its stack is in the log', async () => {
    const rig = await createRig();
    rig.context.tickets.verify = () => {
      throw new TypeError('secret inside');
    };
    const answer = await post(rig, '/v1/commit', TOKENS.trusted, { ticket: 'x' });
    expect([answer.status, answer.body.error.code]).toEqual([500, 'INTERNAL']);
    expect(JSON.stringify(answer.body)).not.toContain('secret inside');
    expect(rig.log.find(({ level }) => level === 'error')).toMatchObject({ error: 'secret inside' });
  });
});

describe('health', () => {
  test('/health says up, whatever the store does', async () => {
    const rig = await createRig();
    rig.driver.fail('stat');
    expect(await (await rig.app.request('/health')).json()).toEqual({ status: 'up' });
  });

  test('/ready follows the store, and asks it at most every two seconds', async () => {
    const rig = await createRig();
    const ready = async () => {
      const response = await rig.app.request('/ready');
      return [response.status, await response.json()];
    };
    const storage = { driver: 'memory', reachable: true, trust: 'full', notes: [] };
    expect(await ready()).toEqual([200, { status: 'ready', storage }]);
    rig.driver.fail('stat');
    for (let i = 0; i < 10; i++) expect((await ready())[0]).toBe(200);
    expect(rig.driver.count('stat')).toBe(1);
    rig.clock.ms += 2000;
    expect(await ready()).toMatchObject([503, { status: 'unready', storage: { reachable: false } }]);
    expect(await metric(rig, 'vc_storage_ready')).toBe(0);
    rig.driver.heal();
    rig.clock.ms += 2000;
    expect((await ready())[0]).toBe(200);
  });

  test('/ready is 503 for a store that cannot be used, with the reason, and nothing is negotiated on it', async () => {
    const rig = await createRig({ trust: { level: 'refused', notes: ['it overwrites'] } });
    const response = await rig.app.request('/ready');
    expect([response.status, await response.json()]).toMatchObject([
      503,
      { storage: { trust: 'refused', notes: ['it overwrites'] } },
    ]);
    const answer = await post(rig, '/v1/negotiate', TOKENS.reader, { hash: keyOf('a'), action: 'download' });
    expect([answer.status, answer.body.error.retryable]).toEqual([503, false]);
  });

  test('while it drains, /ready is 503 and connections are not kept', async () => {
    const rig = await createRig();
    rig.draining.abort();
    expect((await rig.app.request('/ready')).status).toBe(503);
    expect((await rig.app.request('/health')).headers.get('connection')).toBe('close');
  });
});

describe('/metrics', () => {
  test('counts requests by route and status, and never by what a client made up', async () => {
    const rig = await createRig();
    await rig.app.request('/v1/whoami');
    for (let i = 0; i < 20; i++) await rig.app.request(`/made/up/${i}`);
    expect(await metric(rig, 'vc_requests_total{route="whoami",status="401"}')).toBe(1);
    expect(await metric(rig, 'vc_requests_total{route="other",status="404"}')).toBe(20);
    expect(await (await rig.app.request('/metrics')).text()).not.toContain('made');
  });

  test('has no store size before a sweep has counted', async () => {
    const rig = await createRig();
    expect(await metric(rig, 'vc_store_size_bytes')).toBeNaN();
  });
});
