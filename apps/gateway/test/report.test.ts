import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@velocity/core';
import type { ErrorBody, ReportResult } from '@velocity/protocol';
import { blobObjectKey } from '@velocity/storage';
import type { Tier } from '@velocity/storage';
import {
  artifactOf,
  commitTicket,
  createRig,
  fetchArtifact,
  keyOf,
  metric,
  negotiate,
  post,
  putBlobs,
  store,
  ticketOf,
  TOKENS,
} from './support/rig.js';
import type { Rig } from './support/rig.js';

const blobKey = (content: string, tier: Tier = 'trusted'): string => blobObjectKey('default', tier, digestOf(content));
const recordOf = (name: string): string => `/ac/${keyOf(name).slice(0, 2)}/${keyOf(name)}`;

async function report(rig: Rig, token: string, name: string, ...contents: string[]): Promise<ReportResult> {
  const body = { key: keyOf(name), blobs: contents.map(digestOf) };
  return (await post<ReportResult>(rig, '/v1/report', token, body)).body;
}

const isThere = async (rig: Rig, key: string): Promise<boolean> => (await rig.driver.stat(key)) !== undefined;

describe('a blob that rotted in the store', () => {
  test.each([
    ['a reader', TOKENS.reader, 'bytes'],
    ['a pull request', TOKENS.pr, 'bytes'],
    ['a trusted writer', TOKENS.trusted, 'bytes'],
    ['a reader, cut off', TOKENS.reader, 'byt'],
    ['a reader, empty', TOKENS.reader, ''],
  ])('goes with its record when %s reports it, and the next upload heals it', async (_who, token, rotten) => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['right', 'other']);
    await rig.driver.rot(blobKey('right'), Buffer.from(rotten));
    expect(await report(rig, token, 'a', 'right')).toEqual({ status: 'removed', blobs: 1 });
    expect(await isThere(rig, blobKey('right'))).toBe(false);
    expect(await isThere(rig, blobKey('other'))).toBe(true);
    expect(await negotiate(rig, TOKENS.reader, { hash: keyOf('a'), action: 'download' })).toEqual({
      status: 'missing',
      because: 'dangling',
    });
    expect(await store(rig, TOKENS.trusted, 'a', ['right', 'other'])).toBe('stored');
    expect(await fetchArtifact(rig, TOKENS.reader, 'a')).toEqual(['right', 'other']);
  });

  test('is counted, and audited with who reported what', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['right']);
    await rig.driver.rot(blobKey('right'), Buffer.from('wrong'));
    await report(rig, TOKENS.reader, 'a', 'right');
    expect(await metric(rig, 'vc_reports_total{result="removed"}')).toBe(1);
    expect(await metric(rig, 'vc_blobs_rejected_total')).toBe(1);
    expect(await metric(rig, 'vc_records_dropped_total')).toBe(1);
    expect(await metric(rig, 'vc_readback_bytes_total')).toBe(5);
    expect(await metric(rig, 'vc_requests_total{route="report",status="200"}')).toBe(1);
    expect(rig.log.filter(({ event }) => event === 'report.removed')).toMatchObject([
      {
        audit: true,
        principal: 'reader',
        scope: 'trusted',
        key: keyOf('a'),
        task: 'web#build',
        reported: [digestOf('right')],
        count: 1,
      },
    ]);
  });

  test('of several reported ones only those that are wrong go', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['one', 'two', 'three']);
    for (const content of ['one', 'three']) await rig.driver.rot(blobKey(content), Buffer.from('xxx'));
    expect(await report(rig, TOKENS.reader, 'a', 'one', 'two', 'three')).toEqual({ status: 'removed', blobs: 2 });
    expect(await isThere(rig, blobKey('two'))).toBe(true);
  });

  test("of a pull request's own record goes from its own pool, and that of main stays", async () => {
    const rig = await createRig();
    await store(rig, TOKENS.pr, 'a', ['right']);
    await store(rig, TOKENS.trusted, 'b', ['right']);
    await rig.driver.rot(blobKey('right', 'untrusted'), Buffer.from('wrong'));
    expect(await report(rig, TOKENS.pr, 'a', 'right')).toEqual({ status: 'removed', blobs: 1 });
    expect(await isThere(rig, blobKey('right'))).toBe(true);
    expect(await store(rig, TOKENS.pr, 'a', ['right'])).toBe('stored');
  });

  test('that was cut off needs no report to be healed by an upload, whatever the store vouches for', async () => {
    for (const vouches of [true, false]) {
      const rig = await createRig({ trust: { bindsBody: true } });
      await store(rig, TOKENS.trusted, 'a', ['right']);
      await rig.driver.rot(blobKey('right'), Buffer.from('rig'));
      rig.driver.vouches = vouches;
      const item = { hash: keyOf('a'), action: 'upload', artifact: artifactOf(['right']) };
      const first = await negotiate(rig, TOKENS.trusted, item);
      expect(await putBlobs(rig, first, ['right'])).toEqual([412]);
      const refused = await commitTicket(rig, TOKENS.trusted, ticketOf(first));
      expect([refused.status, refused.body.error.code]).toEqual([422, 'INTEGRITY']);
      expect(await store(rig, TOKENS.trusted, 'a', ['right'])).toBe('stored');
      expect(await fetchArtifact(rig, TOKENS.reader, 'a')).toEqual(['right']);
    }
  });
});

describe('the gateway believes nobody', () => {
  test('a sound blob stays, and is not read again within ten minutes', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['right']);
    rig.driver.forgetCalls();
    for (let times = 0; times < 3; times++) {
      expect(await report(rig, TOKENS.reader, 'a', 'right')).toEqual({ status: 'sound', blobs: 1 });
    }
    expect(rig.driver.count('read', '/cas/')).toBe(1);
    rig.clock.ms += 10 * 60_000;
    await report(rig, TOKENS.reader, 'a', 'right');
    expect(rig.driver.count('read', '/cas/')).toBe(2);
    expect(rig.driver.count('remove')).toBe(0);
    expect(await fetchArtifact(rig, TOKENS.reader, 'a')).toEqual(['right']);
    expect(await metric(rig, 'vc_reports_total{result="sound"}')).toBe(4);
  });

  test('an object that came in place of a sound one is looked at', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['right']);
    await report(rig, TOKENS.reader, 'a', 'right');
    await rig.driver.remove(blobKey('right'));
    rig.clock.ms += 1000;
    await rig.driver.create(blobKey('right'), [Buffer.from('wrong')], { size: 5 });
    expect(await report(rig, TOKENS.reader, 'a', 'right')).toEqual({ status: 'removed', blobs: 1 });
  });

  test('many reports of one blob at once cost one reading', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['right']);
    await rig.driver.rot(blobKey('right'), Buffer.from('wrong'));
    rig.driver.forgetCalls();
    const results = await Promise.all(Array.from({ length: 50 }, () => report(rig, TOKENS.reader, 'a', 'right')));
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['removed']));
    expect(rig.driver.count('read', '/cas/')).toBe(1);
  });

  test('blobs that the record does not cite are not looked at', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['right']);
    await store(rig, TOKENS.trusted, 'b', ['of another record']);
    await rig.driver.rot(blobKey('of another record'), Buffer.from('wrong'));
    rig.driver.forgetCalls();
    expect(await report(rig, TOKENS.reader, 'a', 'of another record')).toEqual({ status: 'gone', blobs: 0 });
    expect(rig.driver.count('read', '/cas/') + rig.driver.count('remove')).toBe(0);
  });

  test('who may not read a scope may not have its blobs looked at either', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.pr, 'a', ['right']);
    await rig.driver.rot(blobKey('right', 'untrusted'), Buffer.from('wrong'));
    for (const token of [TOKENS.reader, TOKENS.trusted]) {
      expect(await report(rig, token, 'a', 'right')).toEqual({ status: 'gone', blobs: 0 });
    }
    expect(await isThere(rig, blobKey('right', 'untrusted'))).toBe(true);
  });

  test('a good blob that somebody puts there meanwhile stays', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['right']);
    await rig.driver.rot(blobKey('right'), Buffer.from('wrong'));
    rig.driver.onOpened = async (key) => {
      if (key !== blobKey('right')) return;
      rig.driver.onOpened = undefined;
      await rig.driver.remove(key);
      rig.clock.ms += 1000;
      await rig.driver.create(key, [Buffer.from('right')], { size: 5 });
    };
    expect(await report(rig, TOKENS.reader, 'a', 'right')).toEqual({ status: 'sound', blobs: 1 });
    expect(await fetchArtifact(rig, TOKENS.reader, 'a')).toEqual(['right']);
  });

  test('a blob that is gone takes the record with it, also where it is remembered', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['right']);
    const replica = await createRig({ replicaOf: rig });
    await fetchArtifact(replica, TOKENS.reader, 'a');
    await rig.driver.remove(blobKey('right'));
    expect(await report(rig, TOKENS.reader, 'a', 'right')).toEqual({ status: 'gone', blobs: 1 });
    expect(rig.driver.count('remove', recordOf('a'))).toBe(1);
    expect(await report(replica, TOKENS.reader, 'a', 'right')).toEqual({ status: 'gone', blobs: 1 });
    expect(await negotiate(replica, TOKENS.reader, { hash: keyOf('a'), action: 'download' })).toEqual({
      status: 'missing',
    });
  });

  test('a record that was written anew meanwhile, of other blobs, stays', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['right']);
    const replica = await createRig({ replicaOf: rig });
    await fetchArtifact(replica, TOKENS.reader, 'a');
    await rig.driver.rot(blobKey('right'), Buffer.from('wrong'));
    await report(rig, TOKENS.reader, 'a', 'right');
    await store(rig, TOKENS.trusted, 'a', ['new']);
    expect(await report(replica, TOKENS.reader, 'a', 'right')).toEqual({ status: 'gone', blobs: 1 });
    expect(await fetchArtifact(replica, TOKENS.reader, 'a')).toEqual(['new']);
  });

  test.each(['stat', 'read'] as const)('an outage in %s is 503, and nothing goes', async (operation) => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['right']);
    rig.driver.fail(operation);
    const body = { key: keyOf('a'), blobs: [digestOf('right')] };
    const answer = await post<ErrorBody>(rig, '/v1/report', TOKENS.reader, body);
    expect([answer.status, answer.body.error.code]).toEqual([503, 'STORAGE_UNAVAILABLE']);
    expect(rig.driver.count('remove')).toBe(0);
  });

  test('what is no report is refused', async () => {
    const rig = await createRig();
    const good = { key: keyOf('a'), blobs: [digestOf('x')] };
    for (const body of [
      { ...good, blobs: [] },
      { ...good, blobs: Array(65).fill(good.blobs[0]) },
      { ...good, scope: 'pr' },
    ])
      expect((await post(rig, '/v1/report', TOKENS.reader, body)).status).toBe(400);
    expect((await post(rig, '/v1/report', undefined, good)).status).toBe(401);
    expect((await rig.app.request('/v1/report')).status).toBe(405);
    expect(rig.driver.calls).toEqual([]);
  });
});

test('a ticket that says another size than a sound blob has is refused, and the blob stays', async () => {
  const rig = await createRig();
  await store(rig, TOKENS.trusted, 'a', ['right']);
  const { blobs, ...rest } = artifactOf(['right']);
  const artifact = { ...rest, blobs: blobs.map((blob) => ({ ...blob, size: 3 })) };
  const offer = await negotiate(rig, TOKENS.trusted, { hash: keyOf('b'), action: 'upload', artifact });
  const answer = await commitTicket(rig, TOKENS.trusted, ticketOf(offer));
  expect([answer.status, answer.body.error.message]).toEqual([422, expect.stringContaining('another size')]);
  expect(await fetchArtifact(rig, TOKENS.reader, 'a')).toEqual(['right']);
});
