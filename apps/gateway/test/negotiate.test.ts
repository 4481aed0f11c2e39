import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@velocity/core';
import type { NegotiateBatchResult } from '@velocity/protocol';
import {
  artifactOf,
  createRig,
  fetchArtifact,
  keyOf,
  metric,
  negotiate,
  post,
  store,
  ticketOf,
  TOKENS,
} from './support/rig.js';

const upload = (name: string, contents: readonly string[]) => ({
  hash: keyOf(name),
  action: 'upload',
  artifact: artifactOf(contents),
});
const download = (name: string) => ({ hash: keyOf(name), action: 'download' });

describe('POST /v1/negotiate', () => {
  test('what one client stored, another one downloads byte for byte', async () => {
    const rig = await createRig();
    expect(await store(rig, TOKENS.trusted, 'a', ['first blob', 'second blob'])).toBe('stored');
    expect(await fetchArtifact(rig, TOKENS.reader, 'a')).toEqual(['first blob', 'second blob']);
    expect(await metric(rig, 'vc_cache_hits_total{scope="trusted",tier="trusted"}')).toBe(1);
    expect(await metric(rig, 'vc_bytes_vended_total{direction="download"}')).toBe(21);
  });

  test('an unknown key is missing, with status 200', async () => {
    const rig = await createRig();
    const answer = await post(rig, '/v1/negotiate', TOKENS.reader, download('nothing'));
    expect([answer.status, answer.body]).toEqual([200, { status: 'missing' }]);
    expect(await metric(rig, 'vc_cache_misses_total')).toBe(1);
    expect(await metric(rig, 'vc_negotiation_latency_seconds_count')).toBe(1);
  });

  test('a batch is answered in its order, one item failing alone', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'there', ['x']);
    const items = [download('gone'), upload('new', ['y']), download('there')];
    const { body } = await post<NegotiateBatchResult>(rig, '/v1/negotiate', TOKENS.reader, { items });
    expect(body.items[0]).toEqual({ status: 'missing' });
    expect(body.items[1]).toMatchObject({ error: { code: 'FORBIDDEN', retryable: false } });
    expect(body.items[2]).toMatchObject({ status: 'found' });
  });

  test('an upload whose record exists is skipped', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['x']);
    expect(await negotiate(rig, TOKENS.trusted, upload('a', ['x']))).toEqual({ status: 'skipped' });
    expect(await metric(rig, 'vc_uploads_skipped_total')).toBe(1);
  });

  test('a blob that another artifact brought already is not asked for again', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['shared', 'of a']);
    const result = await negotiate(rig, TOKENS.trusted, upload('b', ['shared', 'of b']));
    expect(result).toMatchObject({
      status: 'upload_needed',
      blobs: [
        { digest: digestOf('shared'), have: true },
        { digest: digestOf('of b'), headers: { 'content-length': '4' } },
      ],
    });
  });

  test('the URL of an upload lives 60 s and a second for each MiB, 15 minutes at most', async () => {
    const rig = await createRig();
    const lifetimeOf = async (size: number): Promise<number> => {
      const artifact = { ...artifactOf(['x']), blobs: [{ digest: digestOf('x'), size, unpackedSize: 1 }] };
      const result = await negotiate(rig, TOKENS.trusted, { hash: keyOf('a'), action: 'upload', artifact });
      if (!('status' in result) || result.status !== 'upload_needed') throw new Error('no offer');
      const [blob] = result.blobs;
      if (blob === undefined || !('url' in blob)) throw new Error('no URL');
      return Number(new URL(blob.url).searchParams.get('expires')) - rig.clock.ms;
    };
    expect(await lifetimeOf(1)).toBe(60_001);
    expect(await lifetimeOf(64 * 1024 * 1024)).toBe(124_000);
    expect(await lifetimeOf(1024 ** 3)).toBe(900_000);
  });

  test('what is larger than the limits is refused with 413', async () => {
    const rig = await createRig({ limits: { maxArtifactSize: 10, maxBlobSize: 8 } });
    const large = await post(rig, '/v1/negotiate', TOKENS.trusted, upload('a', ['123456789']));
    expect([large.status, large.body.error.code]).toEqual([413, 'ARTIFACT_TOO_LARGE']);
    const together = await post(rig, '/v1/negotiate', TOKENS.trusted, upload('a', ['1234567', '7654321']));
    expect([together.status, together.body.error.code]).toEqual([413, 'ARTIFACT_TOO_LARGE']);
  });

  test('no URL that is ever handed out points at a record', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['x']);
    const results = [
      await negotiate(rig, TOKENS.trusted, upload('b', ['y'])),
      await negotiate(rig, TOKENS.pr, upload('c', ['z'])),
      await negotiate(rig, TOKENS.reader, download('a')),
    ];
    const urls = JSON.stringify(results).match(/"url":"[^"]+"/g) ?? [];
    expect(urls).toHaveLength(3);
    for (const url of urls) expect(url).toMatch(/\/v1\/proxy\/blob\/v1\/default\/[tu]\/cas\//);
  });
});

describe('an outage is never "missing"', () => {
  test.each(['outage', 'bug', 'hang'] as const)(
    'a look-up that ends in %s is 503, and says nothing of the inside',
    async (fault) => {
      const rig = await createRig({ storageTimeoutMs: 50 });
      rig.driver.fail('read', fault);
      const answer = await post(rig, '/v1/negotiate', TOKENS.reader, download('a'));
      expect([answer.status, answer.body.error.code, answer.body.error.retryable]).toEqual([
        503,
        'STORAGE_UNAVAILABLE',
        true,
      ]);
      expect(answer.headers.get('retry-after')).toBe('2');
      expect(JSON.stringify(answer.body)).not.toMatch(/10\.1\.2\.3|srv/);
      expect(await metric(rig, 'vc_storage_errors_total{operation="read",kind="storage_unavailable"}')).toBe(1);
      expect(await metric(rig, 'vc_cache_misses_total')).toBe(0);
    },
  );

  test('a batch without one answer is 503 as a whole, after one deadline and not one for each item', async () => {
    const rig = await createRig({ storageTimeoutMs: 50 });
    rig.driver.fail('read', 'hang');
    const items = Array.from({ length: 1000 }, (_, index) => download(`item ${index}`));
    const answer = await post(rig, '/v1/negotiate', TOKENS.reader, { items });
    expect(answer.status).toBe(503);
    expect(rig.driver.count('read')).toBeLessThanOrEqual(64);
  });

  test('items that were answered before the outage keep their answers', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'cached', ['x']);
    rig.driver.fail('read');
    const items = [download('cached'), download('other')];
    const answer = await post<NegotiateBatchResult>(rig, '/v1/negotiate', TOKENS.reader, { items });
    expect(answer.status).toBe(200);
    expect(answer.body.items).toMatchObject([
      { status: 'found' },
      { error: { code: 'STORAGE_UNAVAILABLE', retryable: true } },
    ]);
  });

  test('nothing is negotiated before the store has been probed', async () => {
    const rig = await createRig({ probed: false });
    expect((await post(rig, '/v1/negotiate', TOKENS.reader, download('a'))).status).toBe(503);
    expect(rig.driver.calls).toEqual([]);
  });
});

describe('look-ups', () => {
  test('a record is read once, then answered from memory; an absence is asked for every time', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['x']);
    const other = await createRig({ replicaOf: rig });
    rig.driver.forgetCalls();
    for (let i = 0; i < 3; i++) await negotiate(other, TOKENS.reader, download('a'));
    for (let i = 0; i < 3; i++) await negotiate(other, TOKENS.reader, download('b'));
    expect(rig.driver.count('read', keyOf('a'))).toBe(1);
    expect(rig.driver.count('read', keyOf('b'))).toBe(3);
  });

  test('a cached record is forgotten after ten minutes: it may have been evicted', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['x']);
    await rig.driver.remove(`v1/default/t/ac/${keyOf('a').slice(0, 2)}/${keyOf('a')}`);
    expect(await negotiate(rig, TOKENS.reader, download('a'))).toMatchObject({ status: 'found' });
    rig.clock.ms += 10 * 60_000;
    expect(await negotiate(rig, TOKENS.reader, download('a'))).toEqual({ status: 'missing' });
  });

  test('five hundred clients asking for one cold key cost one look-up', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['x']);
    const other = await createRig({ replicaOf: rig });
    rig.driver.forgetCalls();
    await Promise.all(Array.from({ length: 500 }, () => negotiate(other, TOKENS.reader, download('a'))));
    expect(rig.driver.count('read', keyOf('a'))).toBe(1);
  });

  test('a hit marks the record and its blobs as used, at most once an hour', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['x', 'y']);
    for (let i = 0; i < 5; i++) await negotiate(rig, TOKENS.reader, download('a'));
    await rig.context.usage.idle();
    expect(rig.driver.count('touch')).toBe(3);
    rig.clock.ms += 3_600_000;
    await negotiate(rig, TOKENS.reader, download('a'));
    await rig.context.usage.idle();
    expect(rig.driver.count('touch')).toBe(6);
  });

  test('a store that cannot mark anything still answers', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['x']);
    rig.driver.fail('touch');
    expect(await negotiate(rig, TOKENS.reader, download('a'))).toMatchObject({ status: 'found' });
    await rig.context.usage.idle();
    expect(rig.log.some(({ msg }) => msg === 'could not mark a record as used')).toBe(true);
  });
});

describe('a broken entry heals', () => {
  test('a record whose blob is gone makes way for the next upload', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['x', 'y']);
    const digest = digestOf('y');
    await rig.driver.remove(`v1/default/t/cas/${digest.slice(0, 2)}/${digest}`);
    expect(await store(rig, TOKENS.trusted, 'a', ['x', 'y'])).toBe('stored');
    expect(await fetchArtifact(rig, TOKENS.reader, 'a')).toEqual(['x', 'y']);
    expect(await metric(rig, 'vc_records_dropped_total')).toBe(1);
  });

  test('an unreadable record is a miss, and makes way for the next upload', async () => {
    const rig = await createRig();
    const place = `v1/default/t/ac/${keyOf('a').slice(0, 2)}/${keyOf('a')}`;
    await rig.driver.create(place, [Buffer.from('{"version":1')], { size: 12 });
    expect(await negotiate(rig, TOKENS.reader, download('a'))).toEqual({ status: 'missing', because: 'unreadable' });
    expect(await store(rig, TOKENS.trusted, 'a', ['x'])).toBe('stored');
    expect(await fetchArtifact(rig, TOKENS.reader, 'a')).toEqual(['x']);
  });

  test('an object in the place of a record that is too large for one makes way too', async () => {
    const rig = await createRig();
    const size = 4 * 1024 * 1024 + 1;
    const place = `v1/default/t/ac/${keyOf('a').slice(0, 2)}/${keyOf('a')}`;
    await rig.driver.create(place, [Buffer.alloc(size, ' ')], { size });
    expect(await negotiate(rig, TOKENS.reader, download('a'))).toEqual({ status: 'missing', because: 'unreadable' });
    expect(await store(rig, TOKENS.trusted, 'a', ['x'])).toBe('stored');
    expect(await fetchArtifact(rig, TOKENS.reader, 'a')).toEqual(['x']);
  });

  test('a record that was dropped says why it is missing, until it is there again; asking costs nothing', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['x']);
    const digest = digestOf('x');
    await rig.driver.remove(`v1/default/t/cas/${digest.slice(0, 2)}/${digest}`);
    await negotiate(rig, TOKENS.trusted, upload('a', ['x']));
    rig.driver.forgetCalls();
    expect(await negotiate(rig, TOKENS.reader, download('a'))).toEqual({ status: 'missing', because: 'dangling' });
    expect(rig.driver.calls.map(({ operation }) => operation)).toEqual(['read']);
    await store(rig, TOKENS.trusted, 'a', ['x']);
    expect(await negotiate(rig, TOKENS.reader, download('a'))).toMatchObject({ status: 'found' });
    expect(await negotiate(rig, TOKENS.reader, download('never'))).toEqual({ status: 'missing' });
  });

  test('a damaged record of main hides nothing of the own scope', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.pr, 'a', ['own']);
    const place = `v1/default/t/ac/${keyOf('a').slice(0, 2)}/${keyOf('a')}`;
    await rig.driver.create(place, [Buffer.from('{}')], { size: 2 });
    expect(await fetchArtifact(rig, TOKENS.pr, 'a')).toEqual(['own']);
  });

  test("a record that was put in another key's place is not believed", async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['x']);
    const body = await rig.driver.read(`v1/default/t/ac/${keyOf('a').slice(0, 2)}/${keyOf('a')}`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of body?.chunks ?? []) chunks.push(chunk);
    const place = `v1/default/t/ac/${keyOf('b').slice(0, 2)}/${keyOf('b')}`;
    await rig.driver.create(place, chunks, { size: body?.size ?? 0 });
    expect(await negotiate(rig, TOKENS.reader, download('b'))).toEqual({ status: 'missing', because: 'unreadable' });
  });

  test('a ticket is given although a stale record was there', async () => {
    const rig = await createRig();
    const place = `v1/default/u/ac/${keyOf('a').slice(0, 2)}/${keyOf('a')}/pr`;
    await rig.driver.create(place, [Buffer.from('{}')], { size: 2 });
    expect(ticketOf(await negotiate(rig, TOKENS.pr, upload('a', ['x'])))).toMatch(/^[\w-]+\.[\w-]+$/);
  });
});
