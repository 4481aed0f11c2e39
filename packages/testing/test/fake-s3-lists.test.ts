import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listKeys, s3Request, startFakeS3, type FakeS3 } from '@velocity/testing';

import { md5Base64 } from './s3-fixture.js';

describe('buckets and lists', () => {
  let store: FakeS3;
  beforeAll(async () => {
    store = await startFakeS3();
    for (let index = 0; index < 2500; index += 1) store.objects.write(`many/${index}`, '');
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
  });

  const list = (query: Record<string, string>): ReturnType<typeof s3Request> =>
    s3Request(store, { method: 'GET', query: { 'list-type': '2', ...query } });
  const count = (xml: Buffer): number => xml.toString().split('<Contents>').length - 1;

  test('a list comes in pages of a thousand at most, whole and in order', async () => {
    store.resetCounts();
    const keys = await listKeys(store, 'many/');
    expect(keys).toHaveLength(2500);
    expect([...keys].sort()).toEqual(keys);
    expect(store.calls.list).toBe(3);
    expect(count((await list({ 'max-keys': '5000' })).body)).toBe(1000);
    expect(count((await list({ 'max-keys': '7', prefix: 'many/1' })).body)).toBe(7);
    expect(count((await list({ 'start-after': 'many/99' })).body)).toBe(keys.filter((key) => key > 'many/99').length);
    expect(await list({ 'continuation-token': '!' })).toMatchObject({ status: 400, code: 'InvalidArgument' });
    expect(await list({ delimiter: '/' })).toMatchObject({ status: 501 });
  });

  test('the order is that of UTF-8, and any key survives', async () => {
    await using other = await startFakeS3();
    const keys = ['a b', 'a&<>"\'', 'a+b', 'é', '\u{FF21}', '\u{1F600}'];
    for (const key of keys) other.objects.write(key, '');
    expect(await listKeys(other)).toEqual([...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });

  test('many objects are deleted at once, and only under a checksum', async () => {
    await using other = await startFakeS3();
    for (const key of ['a', 'b', 'c&d']) other.objects.write(key, '');
    const body =
      '<Delete><Object><Key>a</Key></Object><Object><Key>c&amp;d</Key></Object><Object><Key>no</Key></Object></Delete>';
    const post = (headers: Record<string, string>, text = body): ReturnType<typeof s3Request> =>
      s3Request(other, { method: 'POST', query: { delete: '' }, headers, body: text });
    expect(await post({})).toMatchObject({ status: 400, code: 'InvalidRequest' });
    expect(await post({ 'content-md5': md5Base64('other') })).toMatchObject({ status: 400, code: 'BadDigest' });
    expect(await post({ 'content-md5': md5Base64('<x/>') }, '<x/>')).toMatchObject({
      status: 400,
      code: 'MalformedXML',
    });
    expect(other.objects.keys()).toHaveLength(3);
    const answer = await post({ 'content-md5': md5Base64(body) });
    expect(answer.body.toString().match(/<Deleted>/g)).toHaveLength(3);
    expect(other.objects.keys()).toEqual(['b']);
    expect(other.calls.deleteObjects).toBe(4);
  });

  test('a bucket is created once; one that is missing is named', async () => {
    const other = { ...store, bucket: 'other-bucket' };
    expect(await s3Request(other, { method: 'HEAD' })).toMatchObject({ status: 404 });
    expect(await s3Request(other, { method: 'PUT', key: 'a' })).toMatchObject({ status: 404, code: 'NoSuchBucket' });
    expect(await s3Request(other, { method: 'PUT' })).toMatchObject({ status: 200 });
    expect(await s3Request(other, { method: 'PUT' })).toMatchObject({ status: 409, code: 'BucketAlreadyOwnedByYou' });
    expect(await s3Request(other, { method: 'HEAD' })).toMatchObject({ status: 200 });
    expect(await s3Request({ ...store, bucket: 'No' }, { method: 'PUT' })).toMatchObject({ code: 'InvalidBucketName' });
  });
});
