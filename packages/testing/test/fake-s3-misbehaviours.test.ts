import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { getObject, ManualClock, s3Request, startFakeS3, type FakeS3 } from '@velocity/testing';

import { CREATE_ONLY, send, sha256Base64, sha256Hex, until } from './s3-fixture.js';

const clock = new ManualClock();
let store: FakeS3;
beforeAll(async () => {
  store = await startFakeS3({ clock });
});
afterEach(() => {
  store.behave();
  store.resetCounts();
  for (const key of store.objects.keys()) store.objects.delete(key);
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
});

type Request = Omit<Parameters<typeof send>[1], 'method' | 'key'>;
const put = (over: Request): ReturnType<typeof send> =>
  send(store, { method: 'PUT', key: 'a', nowMs: clock.now(), ...over });
const create = (body: string): ReturnType<typeof send> => put({ signed: CREATE_ONLY, body });
const get = (over: Request = {}): ReturnType<typeof send> =>
  send(store, { method: 'GET', key: 'a', nowMs: clock.now(), ...over });
const stored = async (): Promise<string | undefined> => (await store.objects.read('a'))?.toString();

describe('conditions', () => {
  test('ignoreIfNoneMatch: the second writer overwrites', async () => {
    store.misbehave({ ignoreIfNoneMatch: true });
    expect(await create('one')).toMatchObject({ status: 200 });
    expect(await create('two')).toMatchObject({ status: 200 });
    expect(await stored()).toBe('two');
    store.misbehave({ ignoreIfNoneMatch: false });
    expect(await create('three')).toMatchObject({ status: 412 });
  });

  test('racyIfNoneMatch: a writer that comes later is refused, one that overlaps is not', async () => {
    store.misbehave({ racyIfNoneMatch: true });
    const answers = await Promise.all(Array.from({ length: 4 }, (_, index) => create(String(index))));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await create('late')).toMatchObject({ status: 412 });
  });

  test('googlePrecondition: another header is the condition', async () => {
    const generation = { 'x-goog-if-generation-match': '0' };
    expect(await put({ signed: generation, body: 'one' })).toMatchObject({ status: 501 });
    store.misbehave({ googlePrecondition: true });
    expect(await put({ signed: generation, body: 'one' })).toMatchObject({ status: 200 });
    expect(await put({ signed: generation, body: 'two' })).toMatchObject({ status: 412 });
    expect(await create('three')).toMatchObject({ status: 200 });
  });

  test('conditionalNotImplemented: 501, and plain writes work', async () => {
    store.misbehave({ conditionalNotImplemented: true });
    expect(await create('one')).toMatchObject({ status: 501, code: 'NotImplemented' });
    expect(await stored()).toBeUndefined();
    expect(await put({ body: 'plain' })).toMatchObject({ status: 200 });
  });

  test('conflict409: once, then well again', async () => {
    store.misbehave({ conflict409: 1 });
    expect(await create('one')).toMatchObject({ status: 409, code: 'ConditionalRequestConflict' });
    expect(await create('two')).toMatchObject({ status: 200 });
  });

  test('overwriteAllowed: only the very same URL overwrites', async () => {
    store.misbehave({ overwriteAllowed: true });
    expect(await create('one')).toMatchObject({ status: 200 });
    expect(await put({ signed: CREATE_ONLY, body: 'other', lifetimeSeconds: 299 })).toMatchObject({ status: 412 });
    expect(await create('two')).toMatchObject({ status: 200 });
    expect(await stored()).toBe('two');
  });
});

describe('what binds the body', () => {
  const checksum = { 'x-amz-checksum-sha256': sha256Base64('body') };
  const ENABLED = { 'x-amz-checksum-mode': 'ENABLED' };

  test('ignoreChecksum: a wrong body is taken, and the claim is handed out', async () => {
    store.misbehave({ ignoreChecksum: true });
    expect(await put({ signed: checksum, body: 'evil' })).toMatchObject({ status: 200 });
    expect((await get({ signed: ENABLED })).headers).toMatchObject(checksum);
  });

  test('noChecksumOnHead: a checksum is verified and then kept back', async () => {
    store.misbehave({ noChecksumOnHead: true });
    expect(await put({ signed: checksum, body: 'evil' })).toMatchObject({ status: 400 });
    expect(await put({ signed: checksum, body: 'body' })).toMatchObject({ status: 200 });
    const head = await send(store, { method: 'HEAD', key: 'a', signed: ENABLED, nowMs: clock.now() });
    expect(head.headers).not.toHaveProperty('x-amz-checksum-sha256');
  });

  test('ignoreContentSha256: a wrong body is taken', async () => {
    store.misbehave({ ignoreContentSha256: true });
    expect(await put({ signed: { 'x-amz-content-sha256': sha256Hex('body') }, body: 'evil' })).toMatchObject({
      status: 200,
    });
    expect(await stored()).toBe('evil');
  });

  test('rejectContentSha256: even a right body is 403, only for URLs', async () => {
    store.misbehave({ rejectContentSha256: true });
    const signed = { 'x-amz-content-sha256': sha256Hex('body') };
    expect(await put({ signed, body: 'body' })).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    expect(await put({ body: 'body' })).toMatchObject({ status: 200 });
    const inHeader = await s3Request(store, { method: 'PUT', key: 'a', body: 'body', nowMs: clock.now() });
    expect(inHeader.status).toBe(200);
  });

  test('acceptShorter: neither a signed length nor a broken upload is refused', async () => {
    const shorter = { signed: { 'content-length': '4' }, sent: { 'content-length': '2' }, body: 'bo' };
    expect(await put(shorter)).toMatchObject({ status: 403 });
    store.misbehave({ acceptShorter: true });
    expect(await put(shorter)).toMatchObject({ status: 200 });
    expect(await stored()).toBe('bo');

    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      await until(() => store.bytesIn >= 6);
      throw new Error('gone');
    }
    await expect(put({ sent: { 'content-length': '8' }, body: broken() })).rejects.toThrow('gone');
    await until(async () => (await stored()) === 'half');
  });
});

describe('who may', () => {
  test('acceptExpired: a URL works for ever', async () => {
    store.objects.write('a', 'content');
    const old = { nowMs: clock.now() - 3_600_000 };
    expect(await get(old)).toMatchObject({ status: 403 });
    store.misbehave({ acceptExpired: true });
    expect(await get(old)).toMatchObject({ status: 200 });
  });

  test('denyListBucket: lists and what is missing are 403, what exists is not', async () => {
    store.misbehave({ denyListBucket: true });
    const list = { method: 'GET', query: { 'list-type': '2' }, nowMs: clock.now() };
    expect(await s3Request(store, list)).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(await get()).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(await s3Request(store, { method: 'HEAD', key: 'a', nowMs: clock.now() })).toMatchObject({ status: 403 });
    store.objects.write('a', 'content');
    expect(await get()).toMatchObject({ status: 200 });
  });
});

describe('outages', () => {
  test('slowDown503: so many times', async () => {
    store.objects.write('a', 'content');
    store.misbehave({ slowDown503: 2 });
    expect([(await get()).code, (await get()).code, (await get()).status]).toEqual(['SlowDown', 'SlowDown', 200]);
  });

  test('slowDown503: with a probability, the same in each run', async () => {
    store.objects.write('a', 'content');
    store.misbehave({ slowDown503: { probability: 0.3 } });
    let failed = 0;
    for (let index = 0; index < 100; index += 1) if ((await get()).status === 503) failed += 1;
    expect(failed).toBeGreaterThan(15);
    expect(failed).toBeLessThan(45);
  });

  test('errorInside200: looks like success, and nothing is done', async () => {
    store.misbehave({ errorInside200: true });
    expect(await put({ body: 'body' })).toMatchObject({ status: 200, code: 'InternalError' });
    expect(store.objects.keys()).toEqual([]);
  });

  test('hang: taken and never answered, until the client gives up', async () => {
    store.misbehave({ hang: 1 });
    await expect(get({ timeoutMs: 100 })).rejects.toThrow();
    expect(store.requests).toMatchObject([{ operation: 'get', status: undefined }]);
    expect(await get()).toMatchObject({ status: 404 });
  });

  test('a fake that hangs can be disposed of', async () => {
    const other = await startFakeS3();
    other.misbehave({ hang: true });
    const answer = getObject(other, 'a').catch((error: unknown) => error);
    await until(() => other.calls.get > 0);
    await other[Symbol.asyncDispose]();
    expect(await answer).toMatchObject({ code: 'ECONNRESET' });
  });

  test('failNext: one operation, any status and header, so many times', async () => {
    store.objects.write('a', 'content');
    store.failNext('get', { status: 503, code: 'ServiceUnavailable', times: 2, headers: { 'retry-after': '1' } });
    expect(await put({ body: 'x' })).toMatchObject({ status: 200 });
    const first = await get();
    expect(first).toMatchObject({ status: 503, code: 'ServiceUnavailable' });
    expect(first.headers['retry-after']).toBe('1');
    expect(await get()).toMatchObject({ status: 503 });
    expect(await get()).toMatchObject({ status: 200 });
    expect(store.calls).toMatchObject({ get: 3, put: 1 });
  });
});

describe('bytes on their way', () => {
  const body = Buffer.alloc(200_000, 7);

  test('resetMidBody: a download breaks off half-way', async () => {
    store.objects.write('a', body);
    store.misbehave({ resetMidBody: 1 });
    await expect(get()).rejects.toThrow(/aborted|ECONNRESET|hang up/);
    expect(store.bytesOut).toBe(100_000);
    expect(await get()).toMatchObject({ status: 200, body });
  });

  test('resetMidBody: an upload breaks off and leaves nothing', async () => {
    store.misbehave({ resetMidBody: 1 });
    await expect(put({ body })).rejects.toThrow(/ECONNRESET|EPIPE|hang up/);
    expect(store.objects.keys()).toEqual([]);
    expect(await put({ body })).toMatchObject({ status: 200 });
  });

  test('truncateBody: half, and it looks whole', async () => {
    store.objects.write('a', body);
    store.misbehave({ truncateBody: true });
    const answer = await get();
    expect(answer).toMatchObject({ status: 200, body: body.subarray(100_000) });
    expect(answer.headers['content-length']).toBe('100000');
  });

  test('corruptByte: one byte differs', async () => {
    store.objects.write('a', body);
    store.misbehave({ corruptByte: true });
    const answer = await get();
    expect([...answer.body].filter((byte) => byte !== 7)).toEqual([0xff ^ 7]);
    expect(answer.body).toHaveLength(body.length);
  });

  test('slowBody: so many bytes a second', async () => {
    store.objects.write('a', body.subarray(0, 1000));
    store.misbehave({ slowBody: 4000 });
    const startedAt = performance.now();
    expect((await get()).body).toHaveLength(1000);
    expect(performance.now() - startedAt).toBeGreaterThan(150);
  });
});
