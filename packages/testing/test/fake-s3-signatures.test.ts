import { connect } from 'node:net';
import { once } from 'node:events';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  ManualClock,
  presignRequest,
  s3Request,
  sendHttp,
  signRequest,
  startFakeS3,
  type FakeS3,
} from '@velocity/testing';

import { send, sendUrl, sha256Hex } from './s3-fixture.js';

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

const now = (): { nowMs: number } => ({ nowMs: clock.now() });

describe('a signature in the query', () => {
  test('opens exactly the method, key and parameters it was made for', async () => {
    store.objects.write('a', 'content');
    const { url } = presignRequest(store, { method: 'GET', key: 'a', lifetimeSeconds: 60, ...now() });
    expect(await sendUrl(url, {})).toMatchObject({ status: 200, body: Buffer.from('content') });
    for (const [what, method] of [
      [url, 'PUT'],
      [url.replace('/a?', '/b?'), 'GET'],
      [`${url}&x=1`, 'GET'],
      [url.replace('X-Amz-Expires=60', 'X-Amz-Expires=61'), 'GET'],
    ] as const) {
      expect(await sendUrl(what, { method, body: 'x' })).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    }
    expect(store.objects.keys()).toEqual(['a']);
  });

  test('expires to the millisecond, and starts at most 15 minutes early', async () => {
    store.objects.write('a', 'content');
    const signed = { method: 'GET', key: 'a', nowMs: clock.now(), lifetimeSeconds: 60 };
    clock.advance(59_999);
    expect(await send(store, signed)).toMatchObject({ status: 200 });
    clock.advance(1);
    expect(await send(store, signed)).toMatchObject({ status: 403, code: 'AccessDenied' });
    const early = { ...signed, nowMs: clock.now() + 15 * 60_000, lifetimeSeconds: 60 };
    expect(await send(store, early)).toMatchObject({ status: 200 });
    expect(await send(store, { ...early, nowMs: early.nowMs + 1000 })).toMatchObject({
      status: 403,
      code: 'AccessDenied',
    });
  });

  test('lives for a week at most', async () => {
    store.objects.write('a', 'content');
    expect(await send(store, { method: 'GET', key: 'a', ...now(), lifetimeSeconds: 604_800 })).toMatchObject({
      status: 200,
    });
    for (const lifetimeSeconds of [604_801, 0]) {
      expect(await send(store, { method: 'GET', key: 'a', ...now(), lifetimeSeconds })).toMatchObject({
        status: 400,
        code: 'AuthorizationQueryParametersError',
      });
    }
  });

  test('binds every signed header: absent, altered, doubled or joined by an unsigned x-amz one is 403', async () => {
    const signed = { 'if-none-match': '*', 'content-length': '4', 'content-type': 'text/plain' };
    const request = { method: 'PUT', key: 'a', signed, body: 'body', ...now() };
    for (const sent of [
      { 'if-none-match': '*', 'content-length': '4' },
      { ...signed, 'content-type': 'text/html' },
      { ...signed, 'if-none-match': '*,*' },
    ]) {
      expect(await send(store, { ...request, sent })).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    }
    expect(await send(store, { ...request, sent: { ...signed, 'content-length': '3' }, body: 'bod' })).toMatchObject({
      status: 403,
      code: 'SignatureDoesNotMatch',
    });
    const sent = { ...signed, 'x-amz-meta-name': 'value' };
    expect(await send(store, { ...request, sent })).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(store.objects.keys()).toEqual([]);
    expect(await send(store, request)).toMatchObject({ status: 200 });
    expect(store.requests.at(-1)).toMatchObject({
      operation: 'put',
      status: 200,
      signedHeaders: ['content-length', 'content-type', 'host', 'if-none-match'],
    });
  });

  test('takes the payload hash from the signed header', async () => {
    const signed = { 'x-amz-content-sha256': sha256Hex('body') };
    const request = { method: 'PUT', key: 'a', signed, ...now() };
    expect(await send(store, { ...request, body: 'evil' })).toMatchObject({
      status: 400,
      code: 'XAmzContentSHA256Mismatch',
    });
    expect(await send(store, { ...request, body: 'body' })).toMatchObject({ status: 200 });
  });

  test('must name each parameter once', async () => {
    const { url } = presignRequest(store, { method: 'GET', key: 'a', lifetimeSeconds: 60, ...now() });
    for (const broken of [
      `${url}&X-Amz-Expires=9999`,
      url.replace(/&X-Amz-SignedHeaders=host/, ''),
      url.replace(/X-Amz-Signature=.*/, 'X-Amz-Signature=short'),
    ]) {
      expect(await sendUrl(broken, {})).toMatchObject({ status: 400, code: 'AuthorizationQueryParametersError' });
    }
  });
});

describe('a signature in the header', () => {
  test('is taken within 15 minutes of the clock', async () => {
    for (const skewMs of [-15 * 60_000, 15 * 60_000]) {
      const answer = await s3Request(store, { method: 'HEAD', nowMs: clock.now() + skewMs });
      expect(answer.status).toBe(200);
      const tooFar = clock.now() + skewMs + Math.sign(skewMs) * 1000;
      expect(await s3Request(store, { method: 'GET', query: { 'list-type': '2' }, nowMs: tooFar })).toMatchObject({
        status: 403,
        code: 'RequestTimeTooSkewed',
      });
    }
  });

  test('knows other keys, secrets and regions', async () => {
    const request = { method: 'GET', key: 'a', ...now() };
    const wrong = [
      [{ accessKeyId: 'OTHER' }, 403, 'InvalidAccessKeyId'],
      [{ secretAccessKey: 'other' }, 403, 'SignatureDoesNotMatch'],
      [{ region: 'eu-central-1' }, 400, 'AuthorizationHeaderMalformed'],
    ] as const;
    for (const [over, status, code] of wrong) {
      expect(await s3Request({ ...store, ...over }, request)).toMatchObject({ status, code });
    }
  });

  test('needs a payload hash, which the body must have', async () => {
    const signed = signRequest(store, { method: 'PUT', key: 'a', ...now() }, Buffer.from('body'));
    expect(await sendUrl(signed.url, { method: 'PUT', headers: signed.headers, body: 'evil' })).toMatchObject({
      status: 400,
      code: 'XAmzContentSHA256Mismatch',
    });
    const { 'x-amz-content-sha256': _, ...without } = signed.headers;
    expect((await sendUrl(signed.url, { method: 'PUT', headers: without, body: 'body' })).status).toBe(403);
    expect(store.objects.keys()).toEqual([]);
  });

  test('does not stand beside one in the query, and nobody comes in without any', async () => {
    const inHeader = signRequest(store, { method: 'GET', key: 'a', ...now() }, Buffer.alloc(0));
    const inQuery = presignRequest(store, { method: 'GET', key: 'a', lifetimeSeconds: 60, ...now() });
    expect(await sendUrl(inQuery.url, { headers: inHeader.headers })).toMatchObject({
      status: 400,
      code: 'InvalidArgument',
    });
    expect(await sendUrl(`${store.endpoint}/${store.bucket}/a`, {})).toMatchObject({
      status: 403,
      code: 'AccessDenied',
    });
    const headers = { authorization: 'AWS key:signature' };
    expect(await sendUrl(inHeader.url, { headers })).toMatchObject({ status: 400, code: 'InvalidRequest' });
  });
});

describe('addresses', () => {
  test('a key may hold any character', async () => {
    const key = "a b+c%2F/é~'()!*&=?;:@,$x/\u{1F600}//.";
    await s3Request(store, { method: 'PUT', key, body: 'body', ...now() });
    expect(store.objects.keys()).toEqual([key]);
    expect(await send(store, { method: 'GET', key, ...now() })).toMatchObject({
      status: 200,
      body: Buffer.from('body'),
    });
  });

  test('a broken escape is refused, not guessed', async () => {
    const answer = await sendUrl(`${store.endpoint}/${store.bucket}/%zz`, {});
    expect(answer).toMatchObject({ status: 400, code: 'InvalidURI' });
  });

  test('a virtual host names the bucket', async () => {
    await using virtual = await startFakeS3({ clock, virtualHostDomain: 's3.test', bucket: 'some-bucket' });
    virtual.objects.write('a/b', 'content');
    const host = 'some-bucket.s3.test';
    // Signed for a path-style store whose bucket is the first folder of the key.
    const signed = presignRequest(
      { ...virtual, endpoint: `http://${host}`, bucket: 'a' },
      { method: 'GET', key: 'b', lifetimeSeconds: 60, ...now() },
    );
    const { pathname, search } = new URL(signed.url);
    const answer = await sendHttp(`${virtual.endpoint}${pathname}${search}`, { headers: { host } });
    expect(answer).toMatchObject({ status: 200, body: Buffer.from('content') });
  });

  test('what is not HTTP is cut off', async () => {
    const socket = connect(Number(new URL(store.endpoint).port), '127.0.0.1');
    socket.end('nonsense\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    expect(await s3Request(store, { method: 'HEAD', ...now() })).toMatchObject({ status: 200 });
  });
});
