import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@velocity/core';
import { S3Driver, type S3DriverOptions } from '@velocity/storage/s3';
import { s3Options, s3Profiles } from './support/s3-target.js';

const KEY = 'v1/acme/t/cas/00/blob';
const body = { size: 10, sha256: digestOf('some bytes') };

describe('signed requests', () => {
  const open = (options: Partial<S3DriverOptions>): Promise<S3Driver> => {
    const address = {
      endpoint: 'http://10.0.0.1:9000',
      region: 'eu-west-1',
      bucket: 'bucket',
      accessKeyId: 'a',
      secretAccessKey: 's',
    };
    return S3Driver.open({ ...s3Options(address, s3Profiles.aws), now: () => Date.UTC(2026, 10, 20), ...options });
  };
  const get = { method: 'GET', key: KEY, lifetimeMs: 600_000 } as const;

  test('are for the endpoint that clients can reach', async () => {
    await using driver = await open({ publicEndpoint: 'https://cache.example.com' });
    expect(new URL((await driver.sign(get)).url).href).toMatch(`https://cache.example.com/bucket/${KEY}?`);
    expect((await driver.presign(get, { reach: 'internal' })).url).toMatch(`http://10.0.0.1:9000/bucket/${KEY}?`);
  });

  test('put the bucket into the host unless told otherwise', async () => {
    await using driver = await open({ endpoint: 'https://s3.example.com', pathStyle: false });
    expect((await driver.sign(get)).url).toMatch(`https://bucket.s3.example.com/${KEY}?`);
    const { endpoint: _, ...amazon } = s3Options(
      { endpoint: '', region: 'eu-west-1', bucket: 'bucket', accessKeyId: 'a', secretAccessKey: 's' },
      s3Profiles.aws,
    );
    await using atAmazon = await S3Driver.open({ ...amazon, pathStyle: false });
    expect((await atAmazon.sign(get)).url).toMatch(`https://bucket.s3.eu-west-1.amazonaws.com/${KEY}?`);
  });

  test('carry the session token of temporary credentials, and do not outlive them', async () => {
    const expiration = new Date(Date.UTC(2026, 10, 20) + 90_000);
    await using driver = await open({
      credentials: async () => ({ accessKeyId: 'a', secretAccessKey: 's', sessionToken: 'to/ken', expiration }),
    });
    const signed = await driver.sign(get);
    const query = new URL(signed.url).searchParams;
    expect(query.get('X-Amz-Security-Token')).toBe('to/ken');
    expect(query.get('X-Amz-Expires')).toBe('90');
    expect(signed.expiresAtMs).toBe(expiration.getTime());
  });

  test('need credentials: none is an outage with a hint, not a crash', async () => {
    await using driver = await open({
      credentials: () => Promise.reject(Object.assign(new Error('none found'), { name: 'CredentialsProviderError' })),
    });
    await expect(driver.sign(get)).rejects.toEqual(
      expect.objectContaining({ code: 'STORAGE_UNAVAILABLE', hint: expect.stringContaining('credentials') }),
    );
  });

  test('hold at most a week', async () => {
    await using driver = await open({});
    const signed = await driver.sign({ ...get, lifetimeMs: 30 * 86_400_000 });
    expect(new URL(signed.url).searchParams.get('X-Amz-Expires')).toBe('604800');
  });

  test("Google's interface gets its own header, and no x-amz- headers beside it", async () => {
    await using driver = await S3Driver.open({
      endpoint: 'https://storage.googleapis.com',
      bucket: 'bucket',
      region: 'auto',
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
      now: Date.now,
      random: () => 0,
    });
    expect(driver.precondition).toBe('x-goog-if-generation-match');
    const { headers, url } = await driver.sign({ method: 'PUT', key: KEY, lifetimeMs: 1000, body });
    expect(headers).toEqual({ 'content-length': '10', 'x-goog-if-generation-match': '0' });
    expect(new URL(url).searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;host;x-goog-if-generation-match');
  });
});
