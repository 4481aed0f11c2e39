import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { presignRequest, startFakeS3, type FakeS3 } from '@velocity/testing';

import { sendUrl, sha256Base64 } from './s3-fixture.js';

let store: FakeS3;
let client: S3Client;
let Bucket: string;
beforeAll(async () => {
  store = await startFakeS3();
  Bucket = store.bucket;
  client = clientOf(store, 'WHEN_REQUIRED');
});
afterAll(async () => {
  client.destroy();
  await store[Symbol.asyncDispose]();
});

function clientOf(target: FakeS3, checksums: 'WHEN_REQUIRED' | 'WHEN_SUPPORTED'): S3Client {
  return new S3Client({
    endpoint: target.endpoint,
    region: target.region,
    credentials: { accessKeyId: target.accessKeyId, secretAccessKey: target.secretAccessKey },
    forcePathStyle: true,
    maxAttempts: 1,
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
  });
}

test("the SDK's own requests pass, with odd keys and with its default checksums", async () => {
  const withChecksums = clientOf(store, 'WHEN_SUPPORTED');
  const Key = "odd/a b+c%2F/é~'()!*&=?;:@,$x";
  for (const one of [client, withChecksums]) {
    await one.send(new PutObjectCommand({ Bucket, Key, Body: 'content', Metadata: { name: 'value' } }));
    const got = await one.send(new GetObjectCommand({ Bucket, Key }));
    expect(await got.Body?.transformToString()).toBe('content');
    expect(got.Metadata).toEqual({ name: 'value' });
    const listed = await one.send(new ListObjectsV2Command({ Bucket, Prefix: 'odd/' }));
    expect(listed.Contents?.map((object) => object.Key)).toEqual([Key]);
    const Delete = { Objects: [{ Key }, { Key: 'absent' }] };
    const deleted = await one.send(new DeleteObjectsCommand({ Bucket, Delete }));
    expect(deleted.Deleted).toHaveLength(2);
    await one.send(new DeleteObjectCommand({ Bucket, Key }));
  }
  withChecksums.destroy();
});

test('its errors have the names that the SDK knows', async () => {
  await expect(client.send(new GetObjectCommand({ Bucket, Key: 'absent' }))).rejects.toMatchObject({
    name: 'NoSuchKey',
  });
  await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'absent' }))).rejects.toMatchObject({
    name: 'NotFound',
  });
  await expect(client.send(new HeadBucketCommand({ Bucket: 'absent' }))).rejects.toMatchObject({ name: 'NotFound' });
  await client.send(new CreateBucketCommand({ Bucket: 'made-by-the-sdk' }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'once', Body: 'x', IfNoneMatch: '*' }));
  await expect(
    client.send(new PutObjectCommand({ Bucket, Key: 'once', Body: 'y', IfNoneMatch: '*' })),
  ).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
});

test('a checksum comes back through HEAD', async () => {
  const ChecksumSHA256 = sha256Base64('content');
  await client.send(new PutObjectCommand({ Bucket, Key: 'summed', Body: 'content', ChecksumSHA256 }));
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'summed', ChecksumMode: 'ENABLED' }));
  expect(head.ChecksumSHA256).toBe(ChecksumSHA256);
});

test('more than a thousand keys come in pages', async () => {
  for (let index = 0; index < 1001; index += 1) store.objects.write(`pages/${index}`, '');
  const first = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'pages/' }));
  expect(first).toMatchObject({ KeyCount: 1000, IsTruncated: true });
  const ContinuationToken = first.NextContinuationToken;
  const second = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'pages/', ContinuationToken }));
  expect(second).toMatchObject({ KeyCount: 1, IsTruncated: false });
});

test('a URL that the presigner made binds what it names', async () => {
  const command = new PutObjectCommand({
    Bucket,
    Key: 'signed/a b',
    IfNoneMatch: '*',
    ContentLength: 7,
    ChecksumSHA256: sha256Base64('content'),
  });
  const url = await getSignedUrl(client, command, {
    expiresIn: 60,
    unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
    signableHeaders: new Set(['content-length', 'host', 'if-none-match', 'x-amz-checksum-sha256']),
  });
  const headers = { 'if-none-match': '*', 'x-amz-checksum-sha256': sha256Base64('content') };
  expect(await sendUrl(url, { method: 'PUT', headers, body: 'CONTENT' })).toMatchObject({
    status: 400,
    code: 'BadDigest',
  });
  expect(await sendUrl(url, { method: 'PUT', headers, body: 'longer content' })).toMatchObject({ status: 403 });
  expect(await sendUrl(url, { method: 'PUT', headers: { 'if-none-match': '*' }, body: 'content' })).toMatchObject({
    status: 403,
  });
  expect(await sendUrl(url, { method: 'PUT', headers, body: 'content' })).toMatchObject({ status: 200 });
  expect(await sendUrl(url, { method: 'PUT', headers, body: 'content' })).toMatchObject({ status: 412 });
});

test('our presigner and that of the SDK agree to the byte', async () => {
  const signingDate = new Date(Date.UTC(2026, 4, 5, 6, 7, 8));
  const url = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'a b/ü' }), {
    expiresIn: 60,
    signingDate,
  });
  const theirs = new URL(url);
  const query: Record<string, string> = {};
  for (const [name, value] of theirs.searchParams) {
    if (!name.startsWith('X-Amz-') || name === 'X-Amz-Content-Sha256') query[name] = value;
  }
  const ours = presignRequest(store, {
    method: 'GET',
    key: 'a b/ü',
    query,
    nowMs: signingDate.getTime(),
    lifetimeSeconds: 60,
  });
  expect(new URL(ours.url).searchParams.get('X-Amz-Signature')).toBe(theirs.searchParams.get('X-Amz-Signature'));
});
