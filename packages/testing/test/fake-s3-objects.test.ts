import { randomBytes } from 'node:crypto';
import { request as startRequest } from 'node:http';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  deleteObject,
  getObject,
  presignRequest,
  putObject,
  s3Request,
  startFakeS3,
  type FakeS3,
} from '@velocity/testing';

import { CREATE_ONLY, md5Base64, send, sha256Base64, until } from './s3-fixture.js';

describe.each(['memory', 'disk'] as const)('objects kept in %s', (bodies) => {
  let store: FakeS3;
  beforeAll(async () => {
    store = await startFakeS3({ bodies });
  });
  afterEach(() => {
    store.resetCounts();
    for (const key of store.objects.keys()) store.objects.delete(key);
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
  });

  test('come back as they were put, with their metadata', async () => {
    const body = randomBytes(300_000);
    const signed = { 'content-type': 'application/zstd', 'x-amz-meta-duration': '12' };
    expect(await send(store, { method: 'PUT', key: 'a', signed, body })).toMatchObject({ status: 200 });
    const got = await send(store, { method: 'GET', key: 'a' });
    expect(got.headers).toMatchObject({ ...signed, 'content-length': '300000', 'accept-ranges': 'bytes' });
    expect(got.body.equals(body)).toBe(true);
    const head = await send(store, { method: 'HEAD', key: 'a' });
    expect(head).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    expect(head.headers).toMatchObject({ 'content-length': '300000', etag: got.headers.etag });
    expect(store).toMatchObject({ bytesIn: 300_000, bytesOut: 300_000, calls: { put: 1, get: 1, head: 1, list: 0 } });
  });

  test('are replaced, deleted, and then absent', async () => {
    await putObject(store, 'a', 'one');
    await putObject(store, 'a', 'two');
    expect(await getObject(store, 'a')).toEqual(Buffer.from('two'));
    await deleteObject(store, 'a');
    await deleteObject(store, 'a');
    expect(await getObject(store, 'a')).toBeUndefined();
    expect(await s3Request(store, { method: 'GET', key: 'a' })).toMatchObject({ status: 404, code: 'NoSuchKey' });
    expect(await s3Request(store, { method: 'HEAD', key: 'a' })).toMatchObject({ status: 404 });
  });

  test('an empty object is an object', async () => {
    await putObject(store, 'empty', '');
    expect(await getObject(store, 'empty')).toEqual(Buffer.alloc(0));
  });

  test('one of many conditional writers wins, and its bytes are what is stored', async () => {
    for (let round = 0; round < 15; round += 1) {
      const key = `race-${round}`;
      const contents = Array.from({ length: 16 }, (_, index) => Buffer.alloc(100_000, index + 1));
      const answers = await Promise.all(
        contents.map((body) => send(store, { method: 'PUT', key, signed: CREATE_ONLY, body })),
      );
      const winners = answers.flatMap(({ status }, index) => (status === 200 ? [index] : []));
      expect(winners).toHaveLength(1);
      expect(answers.filter(({ code }) => code === 'PreconditionFailed')).toHaveLength(15);
      expect((await getObject(store, key))?.equals(contents[winners[0] ?? -1] ?? Buffer.alloc(0))).toBe(true);
    }
  });

  test('a slow conditional writer loses to a fast one that began later', async () => {
    let proceed = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    async function* slowBody(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('slow');
      await held;
      yield Buffer.from('slow');
    }
    const slow = send(store, {
      method: 'PUT',
      key: 'a',
      signed: { ...CREATE_ONLY, 'content-length': '8' },
      body: slowBody(),
    });
    await until(() => store.bytesIn >= 4);
    expect(await send(store, { method: 'PUT', key: 'a', signed: CREATE_ONLY, body: 'fast' })).toMatchObject({
      status: 200,
    });
    proceed();
    expect(await slow).toMatchObject({ status: 412 });
    expect(await getObject(store, 'a')).toEqual(Buffer.from('fast'));
  });

  test('an upload that breaks off leaves nothing, and the key can still be created', async () => {
    const { url } = presignRequest(store, { method: 'PUT', key: 'a', headers: CREATE_ONLY, lifetimeSeconds: 60 });
    const outgoing = startRequest(url, { method: 'PUT', headers: { ...CREATE_ONLY, 'content-length': '1000' } });
    outgoing.on('error', () => undefined);
    outgoing.write(Buffer.alloc(500));
    await until(() => store.bytesIn >= 500);
    const closed = new Promise((resolve) => outgoing.once('close', resolve));
    outgoing.destroy();
    await closed;
    expect(store.objects.keys()).toEqual([]);
    expect(await send(store, { method: 'PUT', key: 'a', signed: CREATE_ONLY, body: 'x' })).toMatchObject({
      status: 200,
    });
  });

  test('a reader sees one version, whatever is written or deleted meanwhile', async () => {
    await putObject(store, 'a', Buffer.alloc(2_000_000, 1));
    const reading = send(store, { method: 'GET', key: 'a' });
    await until(() => store.bytesOut > 0);
    await putObject(store, 'a', Buffer.alloc(2_000_000, 2));
    await deleteObject(store, 'a');
    expect((await reading).body.equals(Buffer.alloc(2_000_000, 1))).toBe(true);
  });

  test('ranges', async () => {
    const body = Buffer.from('0123456789');
    await putObject(store, 'a', body);
    const range = (value: string): ReturnType<typeof send> =>
      send(store, { method: 'GET', key: 'a', sent: { range: value } });
    for (const [value, start, end] of [
      ['bytes=2-4', 2, 5],
      ['bytes=7-', 7, 10],
      ['bytes=-3', 7, 10],
      ['bytes=-99', 0, 10],
      ['bytes=0-99', 0, 10],
    ] as const) {
      const answer = await range(value);
      expect(answer).toMatchObject({ status: 206, body: body.subarray(start, end) });
      expect(answer.headers['content-range']).toBe(`bytes ${start}-${end - 1}/10`);
    }
    expect(await range('bytes=10-')).toMatchObject({ status: 416, code: 'InvalidRange' });
    expect(await range('bytes=-0')).toMatchObject({ status: 416, code: 'InvalidRange' });
    expect(await range('lines=1-2')).toMatchObject({ status: 200, body });
  });
});

describe('what is said about a body', () => {
  let store: FakeS3;
  beforeAll(async () => {
    store = await startFakeS3();
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
  });

  const ENABLED = { 'x-amz-checksum-mode': 'ENABLED' };

  test('a wrong checksum is refused and leaves nothing; a right one is kept and given to who asks', async () => {
    const signed = { 'x-amz-checksum-sha256': sha256Base64('body') };
    const put = { method: 'PUT', key: 'sum', signed };
    expect(await send(store, { ...put, body: 'evil' })).toMatchObject({ status: 400, code: 'BadDigest' });
    expect(store.objects.keys()).toEqual([]);
    expect((await send(store, { ...put, body: 'body' })).headers).toMatchObject(signed);
    for (const method of ['HEAD', 'GET']) {
      expect((await send(store, { method, key: 'sum', signed: ENABLED })).headers).toMatchObject(signed);
      expect((await send(store, { method, key: 'sum' })).headers).not.toHaveProperty('x-amz-checksum-sha256');
    }
    const invalid = { 'x-amz-checksum-sha256': 'not base64' };
    expect(await send(store, { ...put, signed: invalid, body: 'body' })).toMatchObject({
      status: 400,
      code: 'InvalidRequest',
    });
  });

  test('crc32 and sha1 are checked too; what is not known is refused', async () => {
    const put = (signed: Record<string, string>): ReturnType<typeof send> =>
      send(store, { method: 'PUT', key: 'crc', signed, body: '123456789' });
    // The check value of CRC-32: 0xcbf43926.
    expect(await put({ 'x-amz-checksum-crc32': 'y/Q5Jg==' })).toMatchObject({ status: 200 });
    expect(await put({ 'x-amz-checksum-crc32': 'AAAAAA==' })).toMatchObject({ status: 400, code: 'BadDigest' });
    expect(await put({ 'x-amz-checksum-sha1': '98O8HYCOBHMq6f5tv5xgxIaLQtA=' })).toMatchObject({ status: 400 });
    expect(await put({ 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' })).toMatchObject({ status: 501 });
  });

  test('Content-MD5', async () => {
    const put = (md5: string): ReturnType<typeof send> =>
      send(store, { method: 'PUT', key: 'md5', signed: { 'content-md5': md5 }, body: 'body' });
    expect(await put(md5Base64('evil'))).toMatchObject({ status: 400, code: 'BadDigest' });
    expect(await put('AAAA')).toMatchObject({ status: 400, code: 'InvalidDigest' });
    expect(await put(md5Base64('body'))).toMatchObject({ status: 200 });
  });

  test('a length is required, and 5 GiB is the end', async () => {
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('body');
    }
    const put = { method: 'PUT', key: 'length' };
    expect(await send(store, { ...put, body: chunks() })).toMatchObject({ status: 411, code: 'MissingContentLength' });
    const sent = { 'content-length': String(5 * 1024 ** 3 + 1), expect: '100-continue' };
    expect(await send(store, { ...put, sent })).toMatchObject({ status: 400, code: 'EntityTooLarge' });
    expect(store.objects.keys()).not.toContain('length');
  });

  test('who waits for 100-continue hears of a failed condition before sending the body', async () => {
    await putObject(store, 'there', 'x');
    store.resetCounts();
    const sent = { ...CREATE_ONLY, 'content-length': '1000', expect: '100-continue' };
    expect(await send(store, { method: 'PUT', key: 'there', sent })).toMatchObject({ status: 412 });
    expect(store.bytesIn).toBe(0);
  });

  test('conditions and sub-resources that it does not have are refused, never ignored', async () => {
    const put = (signed: Record<string, string>): ReturnType<typeof send> =>
      send(store, { method: 'PUT', key: 'x', signed, body: '' });
    expect(await put({ 'if-none-match': '"etag"' })).toMatchObject({ status: 501, code: 'NotImplemented' });
    expect(await put({ 'if-match': '"etag"' })).toMatchObject({ status: 501 });
    expect(await put({ 'x-amz-copy-source': '/a/b' })).toMatchObject({ status: 501 });
    expect(await s3Request(store, { method: 'POST', key: 'x', query: { uploads: '' } })).toMatchObject({ status: 501 });
    expect(await s3Request(store, { method: 'PUT', query: { policy: '' } })).toMatchObject({ status: 501 });
    expect(store.calls.other).toBe(3);
  });
});
