import { expect, test } from '@jest/globals';
import type { NegotiateBatchResult } from '@velocity/protocol';
import { createRig, keyOf, metric, negotiate, post, store, TOKENS } from './support/rig.js';
import type { Rig } from './support/rig.js';

const download = (name: string) => ({ hash: keyOf(name), action: 'download' });

async function urlOf(rig: Rig, token: string, name: string): Promise<string> {
  const result = await negotiate(rig, token, download(name));
  if (!('status' in result) || result.status !== 'found') throw new Error('not found');
  return result.blobs[0]?.url ?? '';
}

test('a record that is asked for again within half a minute costs no look-up and no signature', async () => {
  const rig = await createRig();
  await store(rig, TOKENS.trusted, 'a', ['x']);
  const first = await urlOf(rig, TOKENS.reader, 'a');
  await rig.context.usage.idle();
  rig.driver.forgetCalls();
  rig.driver.signs = 0;
  rig.clock.ms += 29_999;
  expect(await urlOf(rig, TOKENS.trusted, 'a')).toBe(first);
  const items = Array.from({ length: 100 }, () => download('a'));
  const { body } = await post<NegotiateBatchResult>(rig, '/v1/negotiate', TOKENS.reader, { items });
  expect(body.items.every((item) => 'status' in item && item.status === 'found')).toBe(true);
  expect([rig.driver.calls, rig.driver.signs]).toEqual([[], 0]);
  expect(await metric(rig, 'vc_cache_hits_total{scope="trusted",tier="trusted"}')).toBe(102);
  expect(await metric(rig, 'vc_bytes_vended_total{direction="download"}')).toBe(102);
});

test('every URL has 14.5 minutes left, at least', async () => {
  const rig = await createRig();
  await store(rig, TOKENS.trusted, 'a', ['x']);
  const first = await urlOf(rig, TOKENS.reader, 'a');
  rig.clock.ms += 30_000;
  const second = await urlOf(rig, TOKENS.reader, 'a');
  expect(second).not.toBe(first);
  expect(Number(new URL(second).searchParams.get('expires')) - rig.clock.ms).toBe(15 * 60_000);
});

test('URLs that end sooner, with their credentials, are not handed out again', async () => {
  const rig = await createRig();
  await store(rig, TOKENS.trusted, 'a', ['x']);
  const { driver } = rig;
  const sign = driver.sign.bind(driver);
  driver.sign = async (request) => ({ ...(await sign(request)), expiresAtMs: rig.clock.ms + 60_000 });
  await urlOf(rig, TOKENS.reader, 'a');
  await urlOf(rig, TOKENS.reader, 'a');
  expect(driver.signs - 1).toBe(2);
});

test('what is remembered of one scope is no answer in another one', async () => {
  const rig = await createRig();
  await store(rig, TOKENS.pr, 'a', ['own']);
  await urlOf(rig, TOKENS.pr, 'a');
  expect(await negotiate(rig, TOKENS.reader, download('a'))).toEqual({ status: 'missing' });
});
