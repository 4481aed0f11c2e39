import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@velocity/core';
import type { Whoami } from '@velocity/protocol';
import type { TokenGrant } from '../src/principals.js';
import {
  artifactOf,
  createRig,
  fetchArtifact,
  grantsOf,
  keyOf,
  negotiate,
  post,
  store,
  TOKENS,
} from './support/rig.js';

const scoped = (name: string, namespace = 'default'): TokenGrant => ({
  name,
  role: 'scoped-writer',
  namespace,
  scope: name,
  sha256: digestOf(`token-of-${name}`),
  notAfterMs: undefined,
  source: name,
});

describe('who reads and writes what', () => {
  test('a pull request that writes first changes nothing for main (CREEP)', async () => {
    const rig = await createRig();
    expect(await store(rig, TOKENS.pr, 'a', ['poison'])).toBe('stored');
    expect(await fetchArtifact(rig, TOKENS.trusted, 'a')).toBeUndefined();
    expect(await fetchArtifact(rig, TOKENS.reader, 'a')).toBeUndefined();
    expect(await store(rig, TOKENS.trusted, 'a', ['clean'])).toBe('stored');
    expect(await fetchArtifact(rig, TOKENS.trusted, 'a')).toEqual(['clean']);
  });

  test('a pull request reads its own results until main has some, which win', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.pr, 'a', ['own']);
    expect(await fetchArtifact(rig, TOKENS.pr, 'a')).toEqual(['own']);
    await store(rig, TOKENS.trusted, 'a', ['of main']);
    expect(await fetchArtifact(rig, TOKENS.pr, 'a')).toEqual(['of main']);
  });

  test('scopes do not see one another', async () => {
    const rig = await createRig({ grants: [scoped('pr-1'), scoped('pr-2')] });
    await store(rig, 'token-of-pr-1', 'a', ['of 1']);
    expect(await fetchArtifact(rig, 'token-of-pr-2', 'a')).toBeUndefined();
    expect(await store(rig, 'token-of-pr-2', 'a', ['of 2'])).toBe('stored');
    expect(await fetchArtifact(rig, 'token-of-pr-1', 'a')).toEqual(['of 1']);
  });

  test('namespaces share nothing, not even blobs', async () => {
    const rig = await createRig({ grants: [scoped('x', 'acme'), scoped('x2', 'other')] });
    await store(rig, 'token-of-x', 'a', ['blob']);
    expect(await fetchArtifact(rig, 'token-of-x2', 'a')).toBeUndefined();
    const result = await negotiate(rig, 'token-of-x2', {
      hash: keyOf('a'),
      action: 'upload',
      artifact: artifactOf(['blob']),
    });
    expect(JSON.stringify(result)).toContain('/v1/other/u/cas/');
    expect(JSON.stringify(result)).not.toContain('have');
  });

  test("a blob of main's pool is not offered to an untrusted writer, nor the other way round", async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['of main']);
    await store(rig, TOKENS.pr, 'b', ['of pr']);
    const byPr = await negotiate(rig, TOKENS.pr, {
      hash: keyOf('c'),
      action: 'upload',
      artifact: artifactOf(['of main']),
    });
    expect(JSON.stringify(byPr)).toMatch(/v1\/default\/u\/cas/);
    const byMain = await negotiate(rig, TOKENS.trusted, {
      hash: keyOf('d'),
      action: 'upload',
      artifact: artifactOf(['of pr']),
    });
    expect(JSON.stringify(byMain)).toMatch(/v1\/default\/t\/cas/);
  });

  test('a reader may not upload: 403 alone, and on commit', async () => {
    const rig = await createRig();
    const item = { hash: keyOf('a'), action: 'upload', artifact: artifactOf(['x']) };
    const answer = await post(rig, '/v1/negotiate', TOKENS.reader, item);
    expect([answer.status, answer.body.error.code]).toEqual([403, 'FORBIDDEN']);
    expect((await post(rig, '/v1/commit', TOKENS.reader, { ticket: 'x' })).status).toBe(403);
  });

  test.each(['namespace', 'scope', 'tier', 'role'])('a request cannot name its %s', async (field) => {
    const rig = await createRig();
    const item = { hash: keyOf('a'), action: 'download', [field]: 'trusted' };
    expect((await post(rig, '/v1/negotiate', TOKENS.pr, item)).status).toBe(400);
  });
});

describe('tokens', () => {
  test('none and an unknown one are 401 with a challenge', async () => {
    const rig = await createRig();
    for (const token of [undefined, 'unknown', `${TOKENS.trusted}x`]) {
      const answer = await post(rig, '/v1/negotiate', token, { hash: keyOf('a'), action: 'download' });
      expect([answer.status, answer.body.error.code]).toEqual([401, 'UNAUTHORIZED']);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /);
    }
    expect(rig.driver.calls).toEqual([]);
  });

  test('end at their not_after', async () => {
    const grants = [{ ...scoped('pr-1'), notAfterMs: Date.UTC(2026, 0, 1, 1) }];
    const rig = await createRig({ grants });
    const ask = () => rig.app.request('/v1/whoami', { headers: { authorization: 'Bearer token-of-pr-1' } });
    expect((await ask()).status).toBe(200);
    rig.clock.ms += 2 * 3_600_000;
    expect((await ask()).status).toBe(401);
  });

  test.each([
    ['trusted', 'trusted-writer', 'trusted'],
    ['reader', 'reader', null],
    ['pr', 'scoped-writer', 'pr'],
  ] as const)('whoami tells %s its role and scope', async (name, role, scope) => {
    const rig = await createRig();
    const response = await rig.app.request('/v1/whoami', { headers: { authorization: `bearer ${TOKENS[name]}` } });
    const whoami = (await response.json()) as Whoami;
    expect(whoami).toMatchObject({ name, role, scope, namespace: 'default', serverTime: '2026-01-01T00:00:00.000Z' });
    expect(whoami.limits.maxBatchItems).toBe(1000);
  });

  test('a lone VC_AUTH_TOKEN is enough to read and write', async () => {
    const rig = await createRig({ grants: grantsOf({ trusted: 'only' }) });
    expect(await store(rig, 'only', 'a', ['x'])).toBe('stored');
    expect(await fetchArtifact(rig, 'only', 'a')).toEqual(['x']);
  });
});
