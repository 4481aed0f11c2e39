import { describe, expect, test } from '@jest/globals';
import type { CommitResult, ErrorBody, NegotiateResult, ReportResult } from '@velocity/protocol';
import { blobObjectKey } from '@velocity/storage';
import { hasZstd, packHead, plainFrame, zstdFrame, type PackedHead } from './support/artifact.js';
import { commitTicket, createRig, keyOf, metric, negotiate, post, ticketOf, TOKENS } from './support/rig.js';
import type { Rig } from './support/rig.js';

const recordOf = (name: string): string => `/ac/${keyOf(name).slice(0, 2)}/${keyOf(name)}`;
const own = (name: string): PackedHead => packHead(keyOf(name));

/** Negotiates, puts and commits; `undefined` where the gateway says that it has one. */
async function upload(
  rig: Rig,
  token: string,
  name: string,
  head: PackedHead,
): Promise<CommitResult['status'] | undefined> {
  const { artifact, blobs } = head;
  const offer = await negotiate(rig, token, { hash: keyOf(name), action: 'upload', artifact });
  if ('status' in offer && offer.status === 'skipped') return undefined;
  if (!('blobs' in offer)) throw new Error(JSON.stringify(offer));
  const put = new Set<string>();
  for (const [index, target] of offer.blobs.entries()) {
    if (!('url' in target) || put.has(target.digest)) continue;
    put.add(target.digest);
    const { status } = await rig.app.request(target.url, {
      method: 'PUT',
      headers: target.headers,
      body: new Uint8Array(blobs[index] ?? []),
    });
    expect(status).toBeLessThan(300);
  }
  return (await commitTicket(rig, token, ticketOf(offer))).body.status;
}

async function report(
  rig: Rig,
  token: string,
  name: string,
  { artifact }: PackedHead,
): Promise<ReportResult['status']> {
  const body = { key: keyOf(name), head: artifact.blobs[0]?.digest };
  const answer = await post<ReportResult>(rig, '/v1/report', token, body);
  expect([answer.status, answer.body.blobs]).toEqual([200, 0]);
  return answer.body.status;
}

const download = (rig: Rig, token: string, name: string): Promise<NegotiateResult> =>
  negotiate(rig, token, { hash: keyOf(name), action: 'download' });

const damaged = (text: string): string => text.replace('dist/a', 'dist/b');
const foreigners: readonly (readonly [string, PackedHead])[] = [
  ['of another key', own('b')],
  ['with another manifest', packHead(keyOf('a'), { edit: damaged })],
  ['with an entry more', { ...own('a'), artifact: { ...own('a').artifact, entryCount: 2 } }],
  ['with an entry less', { ...own('a'), artifact: { ...own('a').artifact, entryCount: 0 } }],
  ['with an entry that is none', packHead(keyOf('a'), { edit: (text) => text.replace('{"path"', '[{"path"') })],
  ['with half an entry', packHead(keyOf('a'), { edit: (text) => text.slice(0, -100) })],
  ['that is no JSON', packHead(keyOf('a'), { edit: () => 'x'.repeat(300) })],
  ['that is nothing', packHead(keyOf('a'), { edit: () => '' })],
  ['that is no tar', packHead(keyOf('a'), { pack: () => plainFrame(Buffer.alloc(4096)) })],
  ['that is no zstd', packHead(keyOf('a'), { pack: () => Buffer.from('something else') })],
  ['that is cut off', packHead(keyOf('a'), { pack: (data) => plainFrame(data).subarray(0, 700) })],
  ['that holds more than was said', { ...own('a'), artifact: withSize(own('a'), 600) }],
];

function withSize({ artifact }: PackedHead, unpackedSize: number): PackedHead['artifact'] {
  return { ...artifact, blobs: artifact.blobs.map((blob) => ({ ...blob, unpackedSize })) };
}

describe('a record whose artifact is another one', () => {
  test.each(foreigners)(
    'goes alone when a reader reports it, and the next upload heals it: %s',
    async (_what, head) => {
      const rig = await createRig();
      expect(await upload(rig, TOKENS.trusted, 'a', head)).toBe('stored');
      expect(await upload(rig, TOKENS.trusted, 'a', own('a'))).toBeUndefined();
      expect(await report(rig, TOKENS.reader, 'a', head)).toBe('removed');
      expect(rig.driver.count('remove', recordOf('a'))).toBe(1);
      expect(rig.driver.count('remove', '/cas/')).toBe(0);
      expect(await download(rig, TOKENS.reader, 'a')).toEqual({ status: 'missing' });
      expect(await upload(rig, TOKENS.trusted, 'a', own('a'))).toBe('stored');
      expect(await download(rig, TOKENS.reader, 'a')).toMatchObject({
        status: 'found',
        record: { artifact: own('a').artifact },
      });
      expect(await report(rig, TOKENS.reader, 'a', own('a'))).toBe('sound');
    },
  );

  test('is counted, and audited with who reported what, and who wrote it', async () => {
    const rig = await createRig();
    await upload(rig, TOKENS.trusted, 'a', own('b'));
    await report(rig, TOKENS.reader, 'a', own('b'));
    expect(await metric(rig, 'vc_reports_total{result="removed"}')).toBe(1);
    expect(await metric(rig, 'vc_records_dropped_total')).toBe(1);
    expect(await metric(rig, 'vc_blobs_rejected_total')).toBe(0);
    const reported = own('b').artifact.blobs[0];
    expect(await metric(rig, 'vc_readback_bytes_total')).toBe(2 * (reported?.size ?? 0));
    expect(rig.log.filter(({ event }) => event === 'report.removed')).toMatchObject([
      {
        audit: true,
        msg: 'artifact reported',
        principal: 'reader',
        writer: 'trusted',
        key: keyOf('a'),
        reported: reported?.digest,
      },
    ]);
  });

  test("of a pull request's own scope goes, and that of main stays", async () => {
    const rig = await createRig();
    await upload(rig, TOKENS.pr, 'a', own('b'));
    expect(await report(rig, TOKENS.trusted, 'a', own('b'))).toBe('gone');
    expect(await report(rig, TOKENS.pr, 'a', own('b'))).toBe('removed');
    await upload(rig, TOKENS.trusted, 'a', own('a'));
    expect(await report(rig, TOKENS.pr, 'a', own('b'))).toBe('gone');
    expect(await download(rig, TOKENS.pr, 'a')).toMatchObject({ status: 'found' });
  });

  test('is not hidden from another replica by what that remembers, neither from readers nor from writers', async () => {
    const rig = await createRig();
    await upload(rig, TOKENS.trusted, 'a', own('b'));
    const [forReaders, forWriters] = [await createRig({ replicaOf: rig }), await createRig({ replicaOf: rig })];
    for (const replica of [forReaders, forWriters]) await download(replica, TOKENS.reader, 'a');
    expect(await report(rig, TOKENS.reader, 'a', own('b'))).toBe('removed');
    expect(await report(forReaders, TOKENS.reader, 'a', own('b'))).toBe('gone');
    expect(await download(forReaders, TOKENS.reader, 'a')).toEqual({ status: 'missing' });
    expect(await upload(forWriters, TOKENS.trusted, 'a', own('a'))).toBe('stored');
  });
});

describe('the gateway believes nobody', () => {
  test('an artifact that is what its record says stays, and is not read again within ten minutes', async () => {
    const rig = await createRig();
    const entries = Array.from({ length: 3000 }, (_, index) => ({
      path: `dist/größe/${String(index).padStart(4, '0')}`,
    }));
    const head = packHead(keyOf('a'), { entries, blobSize: 100_000 });
    expect(head.blobs.length).toBeGreaterThan(3);
    await upload(rig, TOKENS.trusted, 'a', head);
    rig.driver.forgetCalls();
    const many = await Promise.all(Array.from({ length: 20 }, () => report(rig, TOKENS.reader, 'a', head)));
    expect(new Set(many)).toEqual(new Set(['sound']));
    expect(await report(rig, TOKENS.reader, 'a', head)).toBe('sound');
    expect(rig.driver.count('read', '/cas/')).toBe(2 * head.blobs.length);
    expect(rig.driver.count('remove')).toBe(0);
    rig.clock.ms += 10 * 60_000;
    await report(rig, TOKENS.reader, 'a', head);
    expect(rig.driver.count('read', '/cas/')).toBe(4 * head.blobs.length);
  });

  (hasZstd ? test : test.skip)('what zstd compressed is read as well', async () => {
    const rig = await createRig();
    const entries = Array.from({ length: 30_000 }, (_, index) => ({ path: `dist/${String(index).padStart(5, '0')}` }));
    const head = packHead(keyOf('a'), { entries, blobSize: 1_000_000, pack: zstdFrame });
    await upload(rig, TOKENS.trusted, 'a', head);
    expect(await report(rig, TOKENS.reader, 'a', head)).toBe('sound');
    const broken = packHead(keyOf('b'), { pack: (data) => zstdFrame(data).subarray(0, -20) });
    for (const [name, foreign] of [
      ['c', head],
      ['d', packHead(keyOf('x'), { pack: zstdFrame })],
      ['b', broken],
    ] as const) {
      await upload(rig, TOKENS.trusted, name, foreign);
      expect([name, await report(rig, TOKENS.reader, name, foreign)]).toEqual([name, 'removed']);
    }
  });

  (hasZstd ? test.skip : test)('what takes zstd to be read is left alone by a runtime that has none', async () => {
    const rig = await createRig();
    // The magic number, a window, and a last block that is compressed.
    const head = packHead(keyOf('a'), { pack: () => Buffer.from('28b52ffd00500d0000aa', 'hex') });
    await upload(rig, TOKENS.trusted, 'a', head);
    expect(await report(rig, TOKENS.reader, 'a', head)).toBe('unknown');
    expect(rig.driver.count('remove')).toBe(0);
  });

  test('an empty artifact stays', async () => {
    const rig = await createRig();
    const head = packHead(keyOf('a'), { entries: [] });
    await upload(rig, TOKENS.trusted, 'a', head);
    expect(await report(rig, TOKENS.reader, 'a', head)).toBe('sound');
  });

  test('no more is read than the head: an artifact of another key is not read beyond its first blob', async () => {
    const rig = await createRig();
    const head = packHead(keyOf('b'), { blobSize: 800 });
    await upload(rig, TOKENS.trusted, 'a', head);
    rig.driver.forgetCalls();
    expect(await report(rig, TOKENS.reader, 'a', head)).toBe('removed');
    expect(rig.driver.count('read', '/cas/')).toBe(2);
  });

  test('an artifact of a later format is left to whoever can read it', async () => {
    const rig = await createRig();
    const head = packHead(keyOf('a'), { edit: (text) => text.replace('{"version":1', '{"version":2') });
    await upload(rig, TOKENS.trusted, 'a', head);
    expect(await report(rig, TOKENS.reader, 'a', head)).toBe('unknown');
    expect(rig.driver.count('remove')).toBe(0);
    expect(await metric(rig, 'vc_reports_total{result="unknown"}')).toBe(1);
  });

  test('a first blob that rotted says nothing of the artifact, and goes as rotten ones do', async () => {
    const rig = await createRig();
    await upload(rig, TOKENS.trusted, 'a', own('a'));
    const [digest] = own('a').artifact.blobs.map((blob) => blob.digest);
    await rig.driver.rot(blobObjectKey('default', 'trusted', digest!), own('b').blobs[0]!);
    expect(await report(rig, TOKENS.reader, 'a', own('a'))).toBe('removed');
    expect(rig.driver.count('remove', '/cas/')).toBe(1);
    expect(await download(rig, TOKENS.reader, 'a')).toEqual({ status: 'missing', because: 'dangling' });
    expect(await upload(rig, TOKENS.trusted, 'a', own('a'))).toBe('stored');
  });

  test('a record that somebody writes meanwhile stays', async () => {
    const rig = await createRig();
    await upload(rig, TOKENS.trusted, 'a', own('b'));
    const replica = await createRig({ replicaOf: rig });
    let hasHealed = false;
    rig.driver.onOpened = async (key) => {
      if (hasHealed || !key.includes('/cas/')) return;
      hasHealed = true;
      rig.clock.ms += 1000;
      expect(await report(replica, TOKENS.reader, 'a', own('b'))).toBe('removed');
      expect(await upload(replica, TOKENS.trusted, 'a', own('a'))).toBe('stored');
    };
    expect(await report(rig, TOKENS.reader, 'a', own('b'))).toBe('gone');
    expect(await download(rig, TOKENS.reader, 'a')).toMatchObject({
      status: 'found',
      record: { artifact: own('a').artifact },
    });
  });

  test('an outage while it reads is 503, and nothing goes', async () => {
    const rig = await createRig();
    await upload(rig, TOKENS.trusted, 'a', own('b'));
    rig.driver.failFor('read', '/cas/');
    const answer = await post<ErrorBody>(rig, '/v1/report', TOKENS.reader, {
      key: keyOf('a'),
      head: own('b').artifact.blobs[0]?.digest,
    });
    expect([answer.status, answer.body.error.code]).toEqual([503, 'STORAGE_UNAVAILABLE']);
    expect(rig.driver.count('remove')).toBe(0);
  });
});
