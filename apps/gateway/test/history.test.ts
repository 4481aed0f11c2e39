import { describe, expect, test } from '@jest/globals';
import type { ErrorBody, HistoryResult } from '@velocity/protocol';
import { historyPrefix, recordObjectKey } from '@velocity/storage';
import { createRig, grantsOf, keyOf, metric, negotiate, post, store, TOKENS } from './support/rig.js';
import type { Answer, Rig } from './support/rig.js';

const trusted = { tier: 'trusted' } as const;
const ofPr = { tier: 'untrusted', scope: 'pr' } as const;

async function ask(rig: Rig, token: string, ...items: object[]): Promise<HistoryResult['items']> {
  return (await post<HistoryResult>(rig, '/v1/history', token, { items })).body.items;
}

/** Of one task: what each entry says in short. */
async function entriesOf(rig: Rig, token: string, item: object = { task: 'web#build' }): Promise<string[][]> {
  const [result] = await ask(rig, token, item);
  if (result === undefined || 'error' in result) throw new Error(JSON.stringify(result));
  return result.entries.map((entry) => [entry.status, entry.key, entry.createdAt.slice(0, 16)]);
}

/** Stores some results of web#build, a minute apart. */
async function storeInTurn(rig: Rig, token: string, ...names: string[]): Promise<void> {
  for (const name of names) {
    await store(rig, token, name, [`blob of ${name}`]);
    rig.clock.ms += 60_000;
  }
}

const evict = (rig: Rig, name: string, place: typeof trusted | typeof ofPr = trusted): Promise<void> =>
  rig.driver.remove(recordObjectKey('default', place, keyOf(name)));

describe('POST /v1/history', () => {
  test('gives the newest records of a task first, with URLs that work', async () => {
    const rig = await createRig();
    await storeInTurn(rig, TOKENS.trusted, 'a', 'b', 'c', 'd');
    expect(await entriesOf(rig, TOKENS.reader)).toEqual([
      ['found', keyOf('d'), '2026-01-01T00:03'],
      ['found', keyOf('c'), '2026-01-01T00:02'],
      ['found', keyOf('b'), '2026-01-01T00:01'],
    ]);
    const [result] = await ask(rig, TOKENS.reader, { task: 'web#build', limit: 1 });
    const [entry] = result !== undefined && 'entries' in result ? result.entries : [];
    if (entry?.status !== 'found') throw new Error('not found');
    expect(entry.record).toMatchObject({ key: keyOf('d'), artifact: { task: 'web#build' } });
    const [blob] = entry.blobs;
    expect(await (await rig.app.request(blob?.url ?? '', { headers: blob?.headers ?? {} })).text()).toBe('blob of d');
  });

  test('answers tasks in the order in which they were asked for; one that was never built has no entries', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['x'], undefined, 'api#build');
    await store(rig, TOKENS.trusted, 'b', ['y'], undefined, 'web#build');
    const items = await ask(rig, TOKENS.reader, { task: 'web#build' }, { task: 'never#built' }, { task: 'api#build' });
    const short = items.map((item) => 'entries' in item && [item.task, item.entries.map(({ key }) => key)]);
    expect(short).toEqual([
      ['web#build', [keyOf('b')]],
      ['never#built', []],
      ['api#build', [keyOf('a')]],
    ]);
  });

  test('tells a record that was evicted from one that is there', async () => {
    const rig = await createRig();
    await storeInTurn(rig, TOKENS.trusted, 'a', 'b');
    await evict(rig, 'b');
    const other = await createRig({ replicaOf: rig });
    expect(await entriesOf(other, TOKENS.reader)).toEqual([
      ['evicted', keyOf('b'), '2026-01-01T00:01'],
      ['found', keyOf('a'), '2026-01-01T00:00'],
    ]);
  });

  test('a key that was stored twice stands there once, where it was stored last', async () => {
    const rig = await createRig();
    await storeInTurn(rig, TOKENS.trusted, 'a', 'b');
    await evict(rig, 'a');
    const other = await createRig({ replicaOf: rig });
    await storeInTurn(other, TOKENS.trusted, 'a');
    expect(await entriesOf(other, TOKENS.reader)).toEqual([
      ['found', keyOf('a'), '2026-01-01T00:02'],
      ['found', keyOf('b'), '2026-01-01T00:01'],
    ]);
  });

  test('the limit is for each scope: what main has does not hide what the pull request stored', async () => {
    const rig = await createRig();
    await storeInTurn(rig, TOKENS.pr, 'pr-1', 'pr-2', 'pr-3');
    await storeInTurn(rig, TOKENS.trusted, 'main-1', 'main-2', 'main-3');
    const keys = (await entriesOf(rig, TOKENS.pr, { task: 'web#build', limit: 2 })).map(([, key]) => key);
    expect(keys).toEqual(['main-3', 'main-2', 'pr-3', 'pr-2'].map(keyOf));
  });

  test('a pull request sees the entries of main and its own, everyone else those of main', async () => {
    const rig = await createRig();
    await storeInTurn(rig, TOKENS.pr, 'same', 'own');
    await storeInTurn(rig, TOKENS.trusted, 'same', 'main');
    const keysFor = async (token: string) => (await entriesOf(rig, token)).map(([, key]) => key);
    expect(await keysFor(TOKENS.pr)).toEqual(['main', 'same', 'own'].map(keyOf));
    for (const token of [TOKENS.reader, TOKENS.trusted])
      expect(await keysFor(token)).toEqual(['main', 'same'].map(keyOf));
    const elsewhere = await createRig({
      replicaOf: rig,
      grants: grantsOf().map((grant) => ({ ...grant, namespace: 'elsewhere' })),
    });
    expect(await entriesOf(elsewhere, TOKENS.pr)).toEqual([]);
  });

  test('a key that was evicted from main and is there for the pull request is there', async () => {
    const rig = await createRig();
    await storeInTurn(rig, TOKENS.trusted, 'a');
    await evict(rig, 'a');
    const other = await createRig({ replicaOf: rig });
    await storeInTurn(other, TOKENS.pr, 'a');
    expect(await entriesOf(other, TOKENS.pr)).toEqual([['found', keyOf('a'), '2026-01-01T00:01']]);
    expect(await entriesOf(other, TOKENS.reader)).toEqual([['evicted', keyOf('a'), '2026-01-01T00:00']]);
  });

  test('a damaged record is neither there nor evicted', async () => {
    const rig = await createRig();
    await storeInTurn(rig, TOKENS.trusted, 'a', 'b');
    await rig.driver.rot(recordObjectKey('default', trusted, keyOf('b')), Buffer.from('{}'));
    const other = await createRig({ replicaOf: rig });
    expect((await entriesOf(other, TOKENS.reader)).map(([, key]) => key)).toEqual([keyOf('a')]);
  });

  test('counts as no use, no hit and no miss, and as a request', async () => {
    const rig = await createRig();
    await storeInTurn(rig, TOKENS.trusted, 'a', 'b');
    await evict(rig, 'b');
    const vended = await metric(rig, 'vc_bytes_vended_total{direction="download"}');
    await entriesOf(rig, TOKENS.reader);
    await rig.context.usage.idle();
    expect(rig.driver.count('touch')).toBe(0);
    expect(await metric(rig, 'vc_cache_hits_total{scope="trusted",tier="trusted"}')).toBeNaN();
    expect(await metric(rig, 'vc_cache_misses_total')).toBe(0);
    expect(await metric(rig, 'vc_bytes_vended_total{direction="download"}')).toBe(vended);
    expect(await metric(rig, 'vc_history_latency_seconds_count')).toBe(1);
    expect(await metric(rig, 'vc_requests_total{route="history",status="200"}')).toBe(1);
  });

  test('costs one listing for each scope, however long the history is', async () => {
    const rig = await createRig();
    await storeInTurn(rig, TOKENS.trusted, ...Array.from({ length: 40 }, (_, index) => `result ${index}`));
    rig.driver.forgetCalls();
    expect(await entriesOf(rig, TOKENS.pr, { task: 'web#build', limit: 10 })).toHaveLength(10);
    expect(rig.driver.count('list')).toBe(2);
  });

  test('two hundred tasks are answered, more are refused, as is what is no question', async () => {
    const rig = await createRig();
    const items = (length: number) => ({
      items: Array.from({ length }, (_, index) => ({ task: `pkg-${index}#build` })),
    });
    expect((await ask(rig, TOKENS.reader, ...items(200).items)).length).toBe(200);
    rig.driver.forgetCalls();
    for (const body of [items(201), items(0), { items: [{ task: 'a', scope: 'pr' }] }, { ...items(1), limit: 3 }]) {
      const answer: Answer<ErrorBody> = await post(rig, '/v1/history', TOKENS.reader, body);
      expect([answer.status, answer.body.error.code]).toEqual([400, 'PROTOCOL']);
    }
    expect((await post(rig, '/v1/history', undefined, items(1))).status).toBe(401);
    expect((await rig.app.request('/v1/history')).status).toBe(405);
    expect(rig.driver.calls).toEqual([]);
  });
});

describe('an outage is no empty history', () => {
  test.each(['outage', 'bug', 'hang'] as const)('a listing that ends in %s is 503', async (fault) => {
    const rig = await createRig({ storageTimeoutMs: 50 });
    rig.driver.fail('list', fault);
    const items = Array.from({ length: 200 }, (_, index) => ({ task: `pkg-${index}#build` }));
    const answer: Answer<ErrorBody> = await post(rig, '/v1/history', TOKENS.reader, { items });
    expect([answer.status, answer.body.error.code, answer.body.error.retryable]).toEqual([
      503,
      'STORAGE_UNAVAILABLE',
      true,
    ]);
    expect(JSON.stringify(answer.body)).not.toMatch(/10\.1\.2\.3|srv/);
    expect(rig.driver.count('list')).toBeLessThanOrEqual(16);
  });

  test('a record that cannot be read is an outage of its task only', async () => {
    const rig = await createRig();
    await storeInTurn(rig, TOKENS.trusted, 'a');
    const other = await createRig({ replicaOf: rig });
    rig.driver.fail('read');
    const items = await ask(other, TOKENS.reader, { task: 'web#build' }, { task: 'never#built' });
    expect(items).toMatchObject([{ error: { code: 'STORAGE_UNAVAILABLE' } }, { task: 'never#built', entries: [] }]);
  });

  test('nothing is told before the store has been probed', async () => {
    const rig = await createRig({ probed: false });
    expect((await post(rig, '/v1/history', TOKENS.reader, { items: [{ task: 'web#build' }] })).status).toBe(503);
  });
});

describe('an entry', () => {
  test('is written for a new record, into its scope, and not for one that was there', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['x']);
    await store(rig, TOKENS.trusted, 'a', ['x']);
    await store(rig, TOKENS.pr, 'a', ['x']);
    const keys: string[] = [];
    for await (const { key, size } of rig.driver.list({ prefix: 'v1/default/' })) {
      if (!key.includes('/hist/')) continue;
      keys.push(key);
      expect(size).toBe(0);
    }
    const inverted = (2 ** 48 - 1 - rig.clock.ms).toString(16);
    expect(keys).toEqual([
      `${historyPrefix('default', trusted, 'web#build')}${inverted}-${keyOf('a')}`,
      `${historyPrefix('default', ofPr, 'web#build')}${inverted}-${keyOf('a')}`,
    ]);
  });

  test('that cannot be written fails no commit, and is logged', async () => {
    const rig = await createRig();
    rig.driver.failFor('create', '/hist/');
    expect(await store(rig, TOKENS.trusted, 'a', ['x'])).toBe('stored');
    expect(rig.log.filter(({ msg }) => msg === 'could not write a history entry')).toMatchObject([
      { level: 'warn', key: keyOf('a'), code: 'STORAGE_UNAVAILABLE' },
    ]);
    rig.driver.heal();
    expect(await negotiate(rig, TOKENS.reader, { hash: keyOf('a'), action: 'download' })).toMatchObject({
      status: 'found',
    });
  });

  test('is nothing that a signed URL reaches', async () => {
    const rig = await createRig();
    await store(rig, TOKENS.trusted, 'a', ['x']);
    const key = `${historyPrefix('default', trusted, 'web#build')}000000000000-${keyOf('a')}`;
    const signed = await rig.driver.sign({
      method: 'PUT',
      key,
      lifetimeMs: 60_000,
      body: { size: 0, sha256: keyOf('') },
    });
    const init = { method: 'PUT', headers: { ...signed.headers }, body: '' };
    expect((await rig.app.request(signed.url, init)).status).toBe(403);
  });
});
