import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@velocity/core';
import type { ErrorBody } from '@velocity/protocol';
import { artifactOf, BASE_URL, createRig, keyOf, metric, negotiate, store, TOKENS } from './support/rig.js';
import type { Rig } from './support/rig.js';

async function uploadUrl(rig: Rig, content: string): Promise<string> {
  const artifact = artifactOf([content]);
  const result = await negotiate(rig, TOKENS.trusted, { hash: keyOf(content), action: 'upload', artifact });
  if (!('status' in result) || result.status !== 'upload_needed') throw new Error('no offer');
  const [blob] = result.blobs;
  if (blob === undefined || !('url' in blob)) throw new Error('no URL');
  return blob.url;
}

async function downloadUrl(rig: Rig, content: string): Promise<string> {
  await store(rig, TOKENS.trusted, content, [content]);
  const result = await negotiate(rig, TOKENS.reader, { hash: keyOf(content), action: 'download' });
  if (!('status' in result) || result.status !== 'found') throw new Error('not found');
  return result.blobs[0]?.url ?? '';
}

async function put(rig: Rig, url: string, body: string | ReadableStream, headers: Record<string, string> = {}) {
  const response = await rig.app.request(url, { method: 'PUT', body, headers, duplex: 'half' });
  const code = response.status === 201 ? undefined : ((await response.json()) as ErrorBody).error.code;
  return { status: response.status, code };
}

const length = (size: number) => ({ 'content-length': String(size) });

describe('PUT of a signed URL', () => {
  test('takes exactly the announced bytes, once', async () => {
    const rig = await createRig();
    const url = await uploadUrl(rig, 'hello');
    expect(await put(rig, url, 'hello', length(5))).toEqual({ status: 201, code: undefined });
    expect(await put(rig, url, 'hello', length(5))).toEqual({ status: 412, code: 'EXISTS' });
    expect(await metric(rig, 'vc_proxy_bytes_total{direction="in"}')).toBe(5);
  });

  test.each([
    ['other bytes of the same length', 'hellO', length(5), 422],
    ['a Content-Length that differs', 'hello!', length(6), 400],
    ['no Content-Length', 'hello', {}, 411],
    ['chunks', 'hello', { ...length(5), 'transfer-encoding': 'chunked' }, 411],
    ['a body that is shorter than it says', 'hell', length(5), 422],
    ['a body that is longer than it says', 'hello!', length(5), 422],
  ])('refuses %s and leaves nothing', async (_what, body, headers, status) => {
    const rig = await createRig();
    const url = await uploadUrl(rig, 'hello');
    // A stream, so that no Content-Length comes by itself.
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from(body));
        controller.close();
      },
    });
    expect((await put(rig, url, stream, headers)).status).toBe(status);
    expect(await rig.driver.stat(new URL(url).pathname.slice('/v1/proxy/blob/'.length))).toBeUndefined();
    expect(await put(rig, url, 'hello', length(5))).toMatchObject({ status: 201 });
  });

  test('a client that stands still is cut with 408', async () => {
    const rig = await createRig({ limits: { idleTimeoutMs: 30 } });
    const url = await uploadUrl(rig, 'hello');
    const stalled = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('he')) });
    expect(await put(rig, url, stalled, length(5))).toEqual({ status: 408, code: 'TIMEOUT' });
  });

  test('a server that must stop refuses it with 503', async () => {
    const rig = await createRig();
    const url = await uploadUrl(rig, 'hello');
    const stalled = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('he')) });
    const answer = put(rig, url, stalled, length(5));
    rig.stopping.abort();
    expect(await answer).toEqual({ status: 503, code: 'STOPPING' });
  });

  test('a client that goes away is no failure of the store', async () => {
    const rig = await createRig();
    const url = await uploadUrl(rig, 'hello');
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error('socket hang up')) });
    expect(await put(rig, url, broken, length(5))).toEqual({ status: 400, code: 'BODY_ABORTED' });
    expect(await (await rig.app.request('/metrics')).text()).not.toContain('vc_storage_errors_total{');
  });

  test('a full or failing store is not hidden', async () => {
    const rig = await createRig();
    const url = await uploadUrl(rig, 'hello');
    rig.driver.fail('create');
    expect(await put(rig, url, 'hello', length(5))).toEqual({ status: 503, code: 'STORAGE_UNAVAILABLE' });
  });
});

describe('GET and HEAD of a signed URL', () => {
  test('give the bytes with their length', async () => {
    const rig = await createRig();
    const url = await downloadUrl(rig, 'hello');
    const response = await rig.app.request(url);
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([
      200,
      '5',
      'hello',
    ]);
    const head = await rig.app.request(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '5', '']);
    expect(await metric(rig, 'vc_proxy_bytes_total{direction="out"}')).toBe(5);
  });

  test('are 404 once the blob is gone', async () => {
    const rig = await createRig();
    const url = await downloadUrl(rig, 'hello');
    await rig.driver.remove(new URL(url).pathname.slice('/v1/proxy/blob/'.length));
    expect((await rig.app.request(url)).status).toBe(404);
    expect((await rig.app.request(url, { method: 'HEAD' })).status).toBe(404);
  });

  test('a reader that goes away frees what is behind the stream', async () => {
    const rig = await createRig();
    const url = await downloadUrl(rig, 'hello');
    const response = await rig.app.request(url);
    await response.body?.cancel();
    expect(response.body?.locked).toBe(false);
  });
});

describe('a URL is good for what it was signed for, and for nothing else', () => {
  test('no token is asked for, and none helps', async () => {
    const rig = await createRig();
    const key = `v1/default/t/cas/ab/${digestOf('x')}`;
    const response = await rig.app.request(`${BASE_URL}/v1/proxy/blob/${key}`, {
      headers: { authorization: `Bearer ${TOKENS.trusted}` },
    });
    expect(response.status).toBe(403);
  });

  test('it expires', async () => {
    const rig = await createRig();
    const [up, down] = [await uploadUrl(rig, 'hello'), await downloadUrl(rig, 'other')];
    rig.clock.ms += 16 * 60_000;
    expect(await put(rig, up, 'hello', length(5))).toEqual({ status: 403, code: 'URL_EXPIRED' });
    expect((await rig.app.request(down)).status).toBe(403);
  });

  test.each([
    ['another key', (url: string) => url.replace('/cas/', '/cas/x')],
    ['a record', (url: string) => url.replace('/cas/', '/ac/')],
    ['another size', (url: string) => url.replace('size=5', 'size=6')],
    ['another digest', (url: string) => url.replace(/sha256=./, 'sha256=f')],
    ['a later end', (url: string) => url.replace(/expires=\d/, 'expires=9')],
    ['a further parameter', (url: string) => `${url}&x=1`],
    ['no signature', (url: string) => url.replace(/&signature=.*/, '')],
    ['a path that climbs', (url: string) => url.replace('/cas/', '/cas/%2e%2e/')],
    ['an encoded slash', (url: string) => url.replace('/cas/', '%2Fcas/')],
    ['an upper-case signature', (url: string) => url.replace(/signature=.*/, (text) => text.toUpperCase())],
  ])('%s is refused', async (_what, change) => {
    const rig = await createRig();
    const url = await uploadUrl(rig, 'hello');
    const answer = await put(rig, change(url), 'hello', length(5));
    expect([answer.status, answer.code]).toEqual([403, 'URL_INVALID']);
  });

  test('the URL of a PUT does not GET, nor the other way round', async () => {
    const rig = await createRig();
    const [up, down] = [await uploadUrl(rig, 'hello'), await downloadUrl(rig, 'other')];
    expect((await rig.app.request(up)).status).toBe(403);
    expect(await put(rig, down, 'other', length(5))).toMatchObject({ status: 403 });
  });

  test('even a well signed URL does not reach a record', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['x']);
    const key = `v1/default/t/ac/${keyOf('a').slice(0, 2)}/${keyOf('a')}`;
    const signed = await rig.driver.sign({ method: 'GET', key, lifetimeMs: 1000 });
    expect((await rig.app.request(signed.url)).status).toBe(403);
  });
});
