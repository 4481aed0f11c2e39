import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@velocity/core';
import { type FakeS3, startFakeS3 } from '@velocity/testing';
import { S3Driver, type S3DriverOptions } from '@velocity/storage/s3';
import { s3Options, s3Profiles } from './support/s3-target.js';

const bytes = Buffer.from('some bytes');
const body = { size: bytes.byteLength, sha256: digestOf(bytes) };
const KEY = 'v1/acme/t/ac/00/record';

interface Rig extends AsyncDisposable {
  readonly fake: FakeS3;
  readonly driver: S3Driver;
  /** Pauses between attempts, in milliseconds. */
  readonly pauses: number[];
}

async function startRig(options: Partial<S3DriverOptions> = {}): Promise<Rig> {
  const fake = await startFakeS3();
  const pauses: number[] = [];
  const delay = async (ms: number): Promise<void> => void pauses.push(ms);
  const driver = await S3Driver.open({ ...s3Options(fake, s3Profiles.fake), delay, ...options });
  return {
    fake,
    driver,
    pauses,
    [Symbol.asyncDispose]: async () => {
      await driver[Symbol.asyncDispose]();
      await fake[Symbol.asyncDispose]();
    },
  };
}

const unavailable = (part: Record<string, unknown> = {}): object =>
  expect.objectContaining({ code: 'STORAGE_UNAVAILABLE', ...part });

async function firstKey(driver: S3Driver): Promise<string | undefined> {
  for await (const { key } of driver.list()) return key;
  return undefined;
}

describe('a store that is busy', () => {
  test('is asked again after growing, spread pauses, and then answers', async () => {
    await using rig = await startRig();
    rig.fake.misbehave({ slowDown503: 3 });
    expect(await rig.driver.create(KEY, [bytes], body)).toBe('created');
    expect(rig.pauses).toEqual([50, 100, 200]);
    rig.fake.failNext('head', { status: 429, code: 'TooManyRequests' });
    rig.fake.failNext('list', { status: 500, code: 'InternalError' });
    expect(await rig.driver.stat(KEY)).toMatchObject({ size: 10, sha256: body.sha256 });
    expect(await firstKey(rig.driver)).toBe(KEY);
  });

  test('is given up after four attempts, with the reason', async () => {
    await using rig = await startRig();
    rig.fake.misbehave({ slowDown503: true });
    await expect(rig.driver.create(KEY, [bytes], body)).rejects.toEqual(
      unavailable({ message: `cannot store ${KEY}: 503 SlowDown`, cause: expect.anything() }),
    );
    expect(rig.fake.calls.put).toBe(4);
  });

  test('a conflict of writers is tried again, and then looked at', async () => {
    await using rig = await startRig();
    rig.fake.misbehave({ conflict409: 1 });
    expect(await rig.driver.create(KEY, [bytes], body)).toBe('created');
    rig.fake.misbehave({ conflict409: true });
    expect(await rig.driver.create(KEY, [bytes], body)).toBe('exists');
    await expect(rig.driver.create('v1/other', [bytes], body)).rejects.toEqual(unavailable());
  });

  test('an abort ends the waiting between attempts', async () => {
    const abort = new AbortController();
    await using rig = await startRig({
      delay: () => {
        abort.abort(new Error('enough'));
        return Promise.resolve();
      },
    });
    rig.fake.misbehave({ slowDown503: true });
    await expect(rig.driver.stat(KEY, { signal: abort.signal })).rejects.toThrow('enough');
    expect(rig.fake.calls.head).toBe(1);
  });
});

describe('a store that answers strangely', () => {
  test('an error document under status 200 is an error, never "empty" or "stored"', async () => {
    await using rig = await startRig();
    await rig.driver.create(KEY, [bytes], body);
    rig.fake.misbehave({ errorInside200: true });
    await expect(rig.driver.create('v1/new', [bytes], body)).rejects.toEqual(unavailable());
    await expect(rig.driver.read(KEY)).rejects.toEqual(unavailable());
    await expect(firstKey(rig.driver)).rejects.toEqual(unavailable());
    rig.fake.behave();
    expect(await rig.driver.stat('v1/new')).toBeUndefined();
  });

  test('403 is not "absent": it throws and names the permission', async () => {
    await using rig = await startRig();
    rig.fake.misbehave({ denyListBucket: true });
    const refused = unavailable({ hint: expect.stringContaining('s3:ListBucket') });
    await expect(rig.driver.stat(KEY)).rejects.toEqual(refused);
    await expect(rig.driver.read(KEY)).rejects.toEqual(refused);
  });

  test('a bucket that is missing is not "absent", for HEAD neither', async () => {
    await using rig = await startRig({ bucket: 'no-such-bucket' });
    const missing = unavailable({ hint: expect.stringContaining('create') });
    await expect(rig.driver.stat(KEY)).rejects.toEqual(missing);
    await expect(rig.driver.read(KEY)).rejects.toEqual(missing);
    await expect(rig.driver.create(KEY, [bytes], body)).rejects.toEqual(missing);
    await expect(firstKey(rig.driver)).rejects.toEqual(missing);
  });

  test('the bucket is asked for once, not at every absent object', async () => {
    await using rig = await startRig();
    for (const name of ['a', 'b', 'c']) expect(await rig.driver.stat(name)).toBeUndefined();
    expect(rig.fake.calls).toMatchObject({ head: 3, headBucket: 1 });
  });

  test('look-ups give their connections back, whatever the answer was', async () => {
    await using rig = await startRig({ maxAttempts: 1 });
    await rig.driver.create(KEY, [bytes], body);
    // More than the connections that there may be at once.
    const each = <T>(ask: (index: number) => Promise<T>): Promise<T[]> =>
      Promise.all(Array.from({ length: 120 }, (_, index) => ask(index)));
    expect(new Set(await each((index) => rig.driver.stat(`absent/${index}`)))).toEqual(new Set([undefined]));
    expect(new Set(await each((index) => rig.driver.read(`absent/${index}`)))).toEqual(new Set([undefined]));
    expect(new Set((await each(() => rig.driver.stat(KEY))).map((stat) => stat?.size))).toEqual(new Set([10]));
    rig.fake.misbehave({ denyListBucket: true });
    const refused = await each((index) => rig.driver.stat(`denied/${index}`).catch((error: unknown) => error));
    expect(refused.every((error) => error instanceof Error)).toBe(true);
    rig.fake.misbehave({ denyListBucket: false });
    expect(await rig.driver.stat(KEY)).toMatchObject({ size: 10 });
  });

  test('conditional writes that are not implemented are no "exists"', async () => {
    await using rig = await startRig();
    rig.fake.misbehave({ conditionalNotImplemented: true });
    await expect(rig.driver.create(KEY, [bytes], body)).rejects.toEqual(
      unavailable({ hint: expect.stringContaining("'none'") }),
    );
  });

  test('no answer ends at the timeout, a body that stops too', async () => {
    await using rig = await startRig({ requestTimeoutMs: 100, maxAttempts: 1 });
    await rig.driver.create(KEY, [bytes], body);
    rig.fake.misbehave({ hang: true });
    await expect(rig.driver.stat(KEY)).rejects.toEqual(unavailable());
    await expect(firstKey(rig.driver)).rejects.toEqual(unavailable());
    await expect(rig.driver.create('v1/new', [bytes], body)).rejects.toEqual(unavailable());
  });

  test('a connection that breaks in a small body is tried again, in a large one it is an error', async () => {
    await using rig = await startRig();
    await rig.driver.create(KEY, [bytes], body);
    rig.fake.misbehave({ resetMidBody: 1 });
    expect((await rig.driver.read(KEY))?.size).toBe(10);
    const large = Buffer.alloc(1_000_000, 1);
    await rig.driver.create('v1/large', [large], { size: large.byteLength });
    rig.fake.misbehave({ resetMidBody: 1 });
    const consume = async (): Promise<void> => {
      const found = await rig.driver.read('v1/large');
      for await (const chunk of found?.chunks ?? []) expect(chunk.byteLength).toBeGreaterThan(0);
    };
    await expect(consume()).rejects.toEqual(unavailable());
  });
});

describe('without conditional writes', () => {
  test('one process still has one winner, and says that it cannot speak for others', async () => {
    await using rig = await startRig({ precondition: 'none' });
    rig.fake.misbehave({ conditionalNotImplemented: true });
    expect(rig.driver.supports.atomicCreate).toBe(false);
    const results = await Promise.all(Array.from({ length: 8 }, () => rig.driver.create(KEY, [bytes], body)));
    expect(results.sort()).toEqual(['created', ...Array(7).fill('exists')]);
    expect(rig.fake.calls.put).toBe(1);
    const { headers } = await rig.driver.sign({ method: 'PUT', key: KEY, lifetimeMs: 1000, body });
    expect(headers).not.toHaveProperty('if-none-match');
  });
});

test('a body that is too large for one request is refused unread', async () => {
  await using driver = await S3Driver.open(
    s3Options(
      { endpoint: 'http://127.0.0.1:1', region: 'r', bucket: 'bucket', accessKeyId: 'a', secretAccessKey: 's' },
      s3Profiles.aws,
    ),
  );
  await expect(driver.create(KEY, [], { size: 64 * 1024 * 1024 + 1 })).rejects.toEqual(
    expect.objectContaining({ code: 'VALUE_INVALID' }),
  );
});

test.each(['s3.example.com', 'ftp://s3', ''])('%p is no endpoint', async (endpoint) => {
  const address = { endpoint, region: 'r', bucket: 'bucket', accessKeyId: 'a', secretAccessKey: 's' };
  await expect(S3Driver.open(s3Options(address, s3Profiles.aws))).rejects.toEqual(
    expect.objectContaining({ code: 'CONFIG_INVALID' }),
  );
});

test('a body is sent with its length, never chunked, and with its checksum', async () => {
  await using rig = await startRig();
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, 3);
    yield bytes.subarray(3);
  }
  await rig.driver.create(KEY, pieces(), { size: 10 });
  const put = rig.fake.requests.find((request) => request.operation === 'put');
  expect(put?.headers).toMatchObject({
    'content-length': '10',
    'if-none-match': '*',
    'x-amz-checksum-sha256': Buffer.from(body.sha256, 'hex').toString('base64'),
    'x-amz-content-sha256': body.sha256,
  });
  expect(put?.headers).not.toHaveProperty('transfer-encoding');
  expect(put?.headers).not.toHaveProperty('x-amz-checksum-crc32');
});

test('a listing with a limit is one request for so many keys, one that is left early one for a page', async () => {
  await using rig = await startRig();
  for (let index = 0; index < 8; index++) await rig.driver.create(`${KEY}-${index}`, [bytes], body);
  const keys: string[] = [];
  for await (const { key } of rig.driver.list({ prefix: KEY, limit: 3 })) keys.push(key);
  expect(keys).toEqual([0, 1, 2].map((index) => `${KEY}-${index}`));
  expect(await firstKey(rig.driver)).toBe(`${KEY}-0`);
  const lists = rig.fake.requests.filter(({ operation }) => operation === 'list');
  expect(lists.map(({ query }) => query['max-keys'])).toEqual(['3', undefined]);
});
