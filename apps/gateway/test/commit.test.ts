import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@velocity/core';
import { recordSchema } from '@velocity/protocol';
import * as v from 'valibot';
import type { Rig } from './support/rig.js';
import {
  artifactOf,
  commitTicket,
  createRig,
  fetchArtifact,
  grantsOf,
  keyOf,
  metric,
  negotiate,
  post,
  putBlobs,
  store,
  ticketOf,
  TOKENS,
} from './support/rig.js';

async function offer(rig: Rig, token: string, name: string, contents: readonly string[], manifest?: string) {
  return negotiate(rig, token, { hash: keyOf(name), action: 'upload', artifact: artifactOf(contents, manifest) });
}

describe('POST /v1/commit', () => {
  test('publishes a record of canonical JSON that says who wrote what, where and when', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.pr, 'a', ['x']);
    const body = await rig.driver.read(`v1/default/u/ac/${keyOf('a').slice(0, 2)}/${keyOf('a')}/pr`);
    let text = '';
    for await (const chunk of body?.chunks ?? []) text += Buffer.from(chunk).toString();
    const record = v.parse(recordSchema, JSON.parse(text));
    expect(record).toMatchObject({
      namespace: 'default',
      tier: 'untrusted',
      scope: 'pr',
      writer: 'pr',
      createdAt: '2026-01-01T00:00:00.000Z',
    });
    expect(Object.keys(JSON.parse(text) as object)).toEqual([
      'artifact',
      'createdAt',
      'key',
      'namespace',
      'scope',
      'tier',
      'version',
      'writer',
    ]);
  });

  test('is refused while a blob is missing, and works once it is there', async () => {
    const rig = await createRig();
    const result = await offer(rig, TOKENS.trusted, 'a', ['x', 'y']);
    const early = await commitTicket(rig, TOKENS.trusted, ticketOf(result));
    expect([early.status, early.body.error.code]).toEqual([409, 'BLOB_MISSING']);
    expect(await metric(rig, 'vc_commits_total{result="refused"}')).toBe(1);
    await putBlobs(rig, result, ['x', 'y']);
    const late = await commitTicket(rig, TOKENS.trusted, ticketOf(result));
    expect([late.status, late.body.status]).toEqual([200, 'stored']);
  });

  test('of the same result twice is stored twice; of another one is divergent, and changes nothing', async () => {
    const rig = await createRig();
    const [one, same, other] = [
      await offer(rig, TOKENS.trusted, 'a', ['x'], 'm'),
      await offer(rig, TOKENS.trusted, 'a', ['x compressed otherwise'], 'm'),
      await offer(rig, TOKENS.trusted, 'a', ['z'], 'another'),
    ];
    await putBlobs(rig, one, ['x']);
    await putBlobs(rig, same, ['x compressed otherwise']);
    await putBlobs(rig, other, ['z']);
    const statuses: string[] = [];
    for (const result of [one, same, other]) {
      statuses.push((await commitTicket(rig, TOKENS.trusted, ticketOf(result))).body.status);
    }
    expect(statuses).toEqual(['stored', 'stored', 'divergent']);
    expect(await fetchArtifact(rig, TOKENS.reader, 'a')).toEqual(['x']);
    expect(await metric(rig, 'vc_divergent_total')).toBe(1);
    expect(rig.log.filter(({ event }) => event === 'record.divergent')).toMatchObject([
      { audit: true, key: keyOf('a'), principal: 'trusted' },
    ]);
  });

  test('sixteen writers racing over two replicas make exactly one record', async () => {
    const rig = await createRig();
    const replica = await createRig({ replicaOf: rig });
    const offers = await Promise.all(
      Array.from({ length: 16 }, (_, i) => offer(i % 2 === 0 ? rig : replica, TOKENS.trusted, 'a', [`blob ${i}`])),
    );
    await Promise.all(offers.map((result, i) => putBlobs(rig, result, [`blob ${i}`])));
    const results = await Promise.all(
      offers.map((result, i) => commitTicket(i % 2 === 0 ? replica : rig, TOKENS.trusted, ticketOf(result))),
    );
    expect(results.filter(({ body }) => body.status === 'stored')).toHaveLength(1);
    expect(results.filter(({ body }) => body.status === 'divergent')).toHaveLength(15);
  });

  test('an outage is 503 and publishes nothing; the same ticket works afterwards', async () => {
    const rig = await createRig();
    const result = await offer(rig, TOKENS.trusted, 'a', ['x']);
    await putBlobs(rig, result, ['x']);
    for (const operation of ['stat', 'create'] as const) {
      rig.driver.fail(operation);
      expect((await commitTicket(rig, TOKENS.trusted, ticketOf(result))).status).toBe(503);
      rig.driver.heal();
      expect(await fetchArtifact(rig, TOKENS.reader, 'a')).toBeUndefined();
    }
    expect((await commitTicket(rig, TOKENS.trusted, ticketOf(result))).body.status).toBe('stored');
  });
});

describe('blobs are verified before they are cited', () => {
  /** Puts bytes where they do not belong, as a store that checks nothing lets anyone with a URL do. */
  async function plant(rig: Rig, name: string, bytes: string): Promise<void> {
    const digest = digestOf(name);
    await rig.driver.create(`v1/default/t/cas/${digest.slice(0, 2)}/${digest}`, [Buffer.from(bytes)], {
      size: bytes.length,
    });
  }

  test.each([
    ['vouches for checksums', true, 0],
    ['vouches for none', false, 4],
  ])('wrong bytes of the right length are found where the store %s', async (_what, vouches, readBack) => {
    const rig = await createRig();
    rig.driver.vouches = vouches;
    const result = await offer(rig, TOKENS.trusted, 'a', ['good']);
    await plant(rig, 'good', 'evil');
    const refused = await commitTicket(rig, TOKENS.trusted, ticketOf(result));
    expect([refused.status, refused.body.error.code]).toEqual([422, 'INTEGRITY']);
    expect(await metric(rig, 'vc_readback_bytes_total')).toBe(readBack);
    // The liar is gone: the right bytes can be put.
    expect(await metric(rig, 'vc_blobs_rejected_total')).toBe(1);
    expect(await putBlobs(rig, result, ['good'])).toEqual([201]);
    expect((await commitTicket(rig, TOKENS.trusted, ticketOf(result))).body.status).toBe('stored');
  });

  test('a store that is proven to refuse other bodies is not read back', async () => {
    const rig = await createRig({ trust: { bindsBody: true } });
    rig.driver.vouches = false;
    expect(await store(rig, TOKENS.trusted, 'a', ['x'])).toBe('stored');
    expect(await metric(rig, 'vc_readback_bytes_total')).toBe(0);
  });

  test('a lie about the size does not remove the sound blob of somebody else', async () => {
    const rig = await createRig();
    rig.driver.vouches = false;
    await store(rig, TOKENS.trusted, 'a', ['good']);
    const artifact = { ...artifactOf(['good'], 'm'), blobs: [{ digest: digestOf('good'), size: 3, unpackedSize: 1 }] };
    const result = await negotiate(rig, TOKENS.trusted, { hash: keyOf('b'), action: 'upload', artifact });
    const refused = await commitTicket(rig, TOKENS.trusted, ticketOf(result));
    expect([refused.status, refused.body.error.code]).toEqual([422, 'INTEGRITY']);
    expect(await fetchArtifact(rig, TOKENS.reader, 'a')).toEqual(['good']);
  });
});

describe('tickets', () => {
  test('expire after twenty minutes', async () => {
    const rig = await createRig();
    const result = await offer(rig, TOKENS.trusted, 'a', ['x']);
    await putBlobs(rig, result, ['x']);
    rig.clock.ms += 20 * 60_000;
    const late = await commitTicket(rig, TOKENS.trusted, ticketOf(result));
    expect([late.status, late.body.error.code]).toEqual([410, 'TICKET_EXPIRED']);
  });

  test('are good on every replica with the same key, and on no other gateway', async () => {
    const rig = await createRig();
    const result = await offer(rig, TOKENS.trusted, 'a', ['x']);
    await putBlobs(rig, result, ['x']);
    const stranger = await createRig({ replicaOf: rig, keySource: 'another key' });
    expect((await commitTicket(stranger, TOKENS.trusted, ticketOf(result))).body.error.code).toBe('TICKET_INVALID');
    const replica = await createRig({ replicaOf: rig });
    expect((await commitTicket(replica, TOKENS.trusted, ticketOf(result))).body.status).toBe('stored');
  });

  test("are useless in another principal's hands", async () => {
    const rig = await createRig();
    const result = await offer(rig, TOKENS.trusted, 'a', ['x']);
    await putBlobs(rig, result, ['x']);
    for (const token of [TOKENS.pr, TOKENS.reader]) {
      const answer = await commitTicket(rig, token, ticketOf(result));
      expect([answer.status, answer.body.error.code]).toEqual([403, 'FORBIDDEN']);
    }
  });

  test('survive the exchange of the token, not of its scope', async () => {
    const rig = await createRig();
    const result = await offer(rig, TOKENS.pr, 'a', ['x']);
    await putBlobs(rig, result, ['x']);
    const moved = grantsOf().map((grant) => (grant.name === 'pr' ? { ...grant, scope: 'pr-2' } : grant));
    rig.context.principals.replace(moved);
    expect((await commitTicket(rig, TOKENS.pr, ticketOf(result))).status).toBe(403);
    rig.context.principals.replace(grantsOf({ pr: 'the-next-token' }));
    expect((await commitTicket(rig, 'the-next-token', ticketOf(result))).body.status).toBe('stored');
  });

  test('no altered ticket is accepted: every bit of the MAC and of the payload counts', async () => {
    const rig = await createRig();
    const ticket = ticketOf(await offer(rig, TOKENS.trusted, 'a', ['x']));
    const [payload = '', mac = ''] = ticket.split('.');
    const flipped = (text: string, index: number): string => {
      const bytes = Buffer.from(text, 'base64url');
      bytes.writeUInt8(bytes.readUInt8(index) ^ 1, index);
      return bytes.toString('base64url');
    };
    const forged = [
      ...Array.from({ length: 32 }, (_, index) => `${payload}.${flipped(mac, index)}`),
      ...Array.from({ length: 60 }, (_, index) => `${flipped(payload, index * 5)}.${mac}`),
      `${payload}.`,
      `.${mac}`,
      `${payload}.${mac}.x`,
      `${payload}.${mac.slice(0, 20)}`,
      'x',
    ];
    for (const text of forged) {
      const answer = await post(rig, '/v1/commit', TOKENS.trusted, { ticket: text });
      expect([answer.status, answer.body.error.code]).toEqual([400, 'TICKET_INVALID']);
    }
  });
});
