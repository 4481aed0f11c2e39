import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CommitResult, ErrorBody, NegotiateItem, NegotiateResult } from '@velocity/protocol';
import type { StoreTrust } from '@velocity/storage/s3';
import { runProcess, sendHttp, sharedStore, startFakeS3 } from '@velocity/testing';
import type { S3Target } from '@velocity/testing';
import { trustOf } from '../src/storage-trust.js';
import type { Bundle, RunningGateway } from './support/bundle.js';
import { buildBundle, logOf, startGateway } from './support/bundle.js';
import { artifactOf, keyOf } from './support/rig.js';

const TOKEN = 'token-of-main-branch';
let bundle: Bundle;
beforeAll(() => void (bundle = buildBundle()));
afterAll(() => bundle[Symbol.dispose]());

function variablesOf({ endpoint, region, bucket, accessKeyId, secretAccessKey }: S3Target): Record<string, string> {
  return {
    VC_STORAGE_DRIVER: 's3',
    VC_S3_BUCKET: bucket,
    VC_S3_REGION: region,
    VC_S3_ENDPOINT: endpoint,
    VC_AUTH_TOKEN: TOKEN,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
}

async function post<T>(server: RunningGateway, path: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };
  const response = await fetch(`${server.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await response.json()) as T;
}

function negotiate(server: RunningGateway, item: unknown): Promise<NegotiateResult> {
  return post(server, '/v1/negotiate', item as NegotiateItem);
}

/** Negotiates, sends `sent` to where the answer says, and commits. */
async function upload(server: RunningGateway, name: string, content: string, sent = content) {
  const item = { hash: keyOf(name), action: 'upload', artifact: artifactOf([content]) };
  const result = await negotiate(server, item);
  if (!('status' in result) || result.status !== 'upload_needed') throw new Error(JSON.stringify(result));
  const [blob] = result.blobs;
  if (blob === undefined || !('url' in blob)) throw new Error('no URL');
  const put = await sendHttp(blob.url, { method: 'PUT', headers: blob.headers, body: sent });
  const commit = await post<Partial<CommitResult & ErrorBody>>(server, '/v1/commit', { ticket: result.ticket });
  return { blob, put: put.status, commit: commit.status ?? commit.error?.code };
}

async function download(server: RunningGateway, name: string): Promise<string | undefined> {
  const result = await negotiate(server, { hash: keyOf(name), action: 'download' });
  if (!('status' in result) || result.status !== 'found') return undefined;
  const [blob] = result.blobs;
  return (await sendHttp(blob?.url ?? '', { headers: blob?.headers ?? {} })).body.toString();
}

async function metric(server: RunningGateway, series: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length),
  );
}

/** What must hold on every store, whatever it does not do by itself. */
async function playStory(server: RunningGateway): Promise<void> {
  expect(await upload(server, 'a', 'the content')).toMatchObject({ put: 200, commit: 'stored' });
  expect(await download(server, 'a')).toBe('the content');
  const wrong = await upload(server, 'b', 'good bytes', 'evil bytes');
  expect(['BLOB_MISSING', 'INTEGRITY']).toContain(wrong.commit);
  expect(await download(server, 'b')).toBeUndefined();
  expect(await upload(server, 'b', 'good bytes')).toMatchObject({ put: 200, commit: 'stored' });
  expect(await metric(server, 'vc_proxy_bytes_total{direction="in"}')).toBe(0);
  expect(await metric(server, 'vc_proxy_bytes_total{direction="out"}')).toBe(0);
}

describe('on a strict fake S3', () => {
  test('blobs go straight to the store, which refuses other bytes; nothing is read back', async () => {
    await using fake = await startFakeS3();
    await using server = await startGateway(bundle, [], variablesOf(fake));
    await playStory(server);
    expect(await metric(server, 'vc_readback_bytes_total')).toBe(0);
    expect(await (await fetch(`${server.url}/ready`)).json()).toMatchObject({
      storage: { driver: 's3', trust: 'full' },
    });
  });

  test('clients are sent to the public endpoint', async () => {
    await using fake = await startFakeS3();
    const env = { ...variablesOf(fake), VC_S3_PUBLIC_ENDPOINT: 'https://s3.example.org' };
    await using server = await startGateway(bundle, [], env);
    const item = { hash: keyOf('a'), action: 'upload', artifact: artifactOf(['x']) };
    const result = await negotiate(server, item);
    expect(JSON.stringify(result)).toContain(`"url":"https://s3.example.org/${fake.bucket}/v1/default/t/cas/`);
  });

  test('a store that binds no bytes is used, every blob read back before it is cited', async () => {
    await using fake = await startFakeS3();
    fake.misbehave({ ignoreChecksum: true, ignoreContentSha256: true, noChecksumOnHead: true });
    await using server = await startGateway(bundle, [], variablesOf(fake));
    expect(await (await fetch(`${server.url}/ready`)).json()).toMatchObject({
      status: 'ready',
      storage: { trust: 'fallback' },
    });
    await playStory(server);
    expect(await metric(server, 'vc_readback_bytes_total')).toBe(31);
    expect(await metric(server, 'vc_blobs_rejected_total')).toBe(1);
  });

  test('a store that forgets conditions, bytes and expiry is refused, with the reasons', async () => {
    await using fake = await startFakeS3();
    fake.misbehave({ ignoreIfNoneMatch: true, ignoreChecksum: true, ignoreContentSha256: true, acceptExpired: true });
    const { exitCode, stderr } = await runProcess(process.execPath, [bundle.program, '--port', '0'], {
      env: variablesOf(fake),
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'velocity-server: this store cannot be used safely: a signed URL may replace a blob by any bytes',
    );
    const doctor = await runProcess(process.execPath, [bundle.program, 'doctor'], { env: variablesOf(fake) });
    expect([doctor.exitCode, doctor.stdout]).toEqual([1, expect.stringContaining('trust    refused')]);
  });

  test('a store that comes up after the gateway is used as soon as it is there', async () => {
    await using fake = await startFakeS3();
    fake.misbehave({ slowDown503: true });
    await using server = await startGateway(bundle, [], variablesOf(fake));
    expect((await fetch(`${server.url}/ready`)).status).toBe(503);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    expect(await negotiate(server, { hash: keyOf('a'), action: 'download' })).toMatchObject({
      error: { code: 'STORAGE_UNAVAILABLE', retryable: true },
    });
    fake.behave();
    await server.waitForLine(/storage probed/);
    await playStory(server);
  });

  test('an outage of the store is 503, and over when it is', async () => {
    await using fake = await startFakeS3();
    await using server = await startGateway(bundle, [], variablesOf(fake));
    await upload(server, 'a', 'content');
    fake.misbehave({ slowDown503: true });
    expect(await negotiate(server, { hash: keyOf('b'), action: 'download' })).toMatchObject({
      error: { code: 'STORAGE_UNAVAILABLE' },
    });
    fake.behave();
    expect(await negotiate(server, { hash: keyOf('b'), action: 'download' })).toEqual({ status: 'missing' });
  });

  test('no secret of the store and no signature reaches the log', async () => {
    await using fake = await startFakeS3();
    await using server = await startGateway(bundle, ['--log-level', 'debug'], variablesOf(fake));
    const { blob } = await upload(server, 'a', 'content');
    fake.misbehave({ slowDown503: true });
    await negotiate(server, { hash: keyOf('b'), action: 'download' });
    const signature = /X-Amz-Signature=(\w+)/.exec(blob.url)?.[1] ?? 'no signature';
    expect(logOf(server).length).toBeGreaterThan(5);
    expect(
      server
        .stderr()
        .split('\n')
        .filter((line) => !line.startsWith('{')),
    ).toEqual(['']);
    for (const secret of [signature, fake.secretAccessKey, TOKEN]) {
      expect(server.stderr()).not.toContain(secret);
      expect(server.stdout()).not.toContain(secret);
    }
  });
});

describe.each([
  ['ceph', 'full', 0],
  ['swift', 'fallback', 31],
] as const)('on a real store: %s', (kind, trust, readBack) => {
  test(`the same story holds, with trust "${trust}"`, async () => {
    const store = await sharedStore(kind);
    if (store === undefined) return;
    await using server = await startGateway(bundle, [], variablesOf(store));
    expect(await (await fetch(`${server.url}/ready`)).json()).toMatchObject({ storage: { trust } });
    await playStory(server);
    expect(await metric(server, 'vc_readback_bytes_total')).toBe(readBack);
  }, 120_000);
});

describe('what the gateway makes of a store', () => {
  const whole: StoreTrust = {
    conditionalCreate: true,
    bindsBody: 'content-sha256',
    headReturnsSha256: true,
    sizeBound: true,
    overwriteRefused: true,
    signatureChecked: true,
    expiryChecked: true,
    problems: [],
    features: {
      conditionalCreate: true,
      bindContentSha256: true,
      bindChecksumSha256: true,
      checksumOnHead: true,
      touchByCopy: true,
    },
  };

  test.each<[string, Partial<StoreTrust>, 'full' | 'fallback' | 'refused']>([
    ['keeps everything', {}, 'full'],
    ['may overwrite, but only by the same bytes', { overwriteRefused: false }, 'full'],
    ['binds no bytes', { bindsBody: 'none' }, 'fallback'],
    ['has no conditional writes', { conditionalCreate: false, overwriteRefused: false }, 'fallback'],
    ['binds no length', { sizeBound: false, bindsBody: 'none' }, 'fallback'],
    ['lets URLs live on', { expiryChecked: false }, 'fallback'],
    ['checks no signature', { signatureChecked: false }, 'refused'],
    [
      'lets a leaked URL overwrite for ever',
      { bindsBody: 'none', overwriteRefused: false, expiryChecked: false },
      'refused',
    ],
  ])('that %s', (_what, change, level) => {
    const trust = trustOf({ ...whole, ...change });
    expect(trust.level).toBe(level);
    expect(trust.bindsBody).toBe(level !== 'refused' && change.bindsBody !== 'none');
  });
});
