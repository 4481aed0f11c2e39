import { expect, test } from '@jest/globals';
import { digestOf, type CacheKey } from '@velocity/core';
import {
  blobObjectKey,
  historyObjectKey,
  historyPrefix,
  isObjectKey,
  objectKindOf,
  placeOfObject,
  recordObjectKey,
  type RecordPlace,
} from '@velocity/storage';

const digest = digestOf('a');
const key = digest as string as CacheKey;

test('places and keys are inverse to each other', () => {
  for (const tier of ['trusted', 'untrusted'] as const) {
    const blob = blobObjectKey('acme', tier, digest);
    expect(placeOfObject(blob)).toEqual({ namespace: 'acme', tier, kind: 'blob', digest });
    const where = tier === 'trusted' ? { tier } : { tier, scope: 'pr-1' };
    expect(placeOfObject(recordObjectKey('acme', where, key))).toEqual({
      namespace: 'acme',
      tier,
      kind: 'record',
      key,
    });
    expect(isObjectKey(blob)).toBe(true);
  }
});

const task = 'web#build';
const places: readonly RecordPlace[] = [{ tier: 'trusted' }, { tier: 'untrusted', scope: 'pr-1' }];

test.each(places)('a history entry says which record a task got when: %j', (where) => {
  for (const createdAtMs of [0, 1, Date.UTC(2026, 0, 1), 2 ** 48 - 1]) {
    const objectKey = historyObjectKey('acme', where, { task, key, createdAtMs });
    expect(isObjectKey(objectKey)).toBe(true);
    expect(objectKindOf(objectKey)).toBe('history');
    expect(placeOfObject(objectKey)).toEqual({
      namespace: 'acme',
      tier: where.tier,
      kind: 'history',
      prefix: historyPrefix('acme', where, task),
      key,
      createdAtMs,
      recordObjectKey: recordObjectKey('acme', where, key),
    });
  }
});

test('the keys of history entries are those that the layout says, and sort the newest first', () => {
  const hash = digestOf(task);
  const at = (createdAtMs: number): string => historyObjectKey('acme', places[0]!, { task, key, createdAtMs });
  expect(at(2 ** 48 - 1)).toBe(`v1/acme/t/hist/${hash.slice(0, 2)}/${hash}/000000000000-${key}`);
  expect(at(0)).toBe(`v1/acme/t/hist/${hash.slice(0, 2)}/${hash}/ffffffffffff-${key}`);
  expect(historyPrefix('acme', places[1]!, task)).toBe(`v1/acme/u/hist/${hash.slice(0, 2)}/${hash}/pr-1/`);
  const times = [0, 9, 10, 255, 256, Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1) + 1, 2 ** 48 - 1];
  expect(times.map(at).sort()).toEqual(times.map(at).reverse());
});

test.each([
  '',
  'v1',
  'v1/acme/t/cas',
  `v1/acme/t/cas/00/${digest}`,
  `v1/acme/t/cas/${digest.slice(0, 2)}/${digest}/more`,
  `v1/acme/x/cas/${digest.slice(0, 2)}/${digest}`,
  `v2/acme/t/cas/${digest.slice(0, 2)}/${digest}`,
  `v1/acme/t/ac/${digest.slice(0, 2)}/${digest}/scope`,
  `v1/acme/u/ac/${digest.slice(0, 2)}/${digest}`,
  `v1/acme/u/ac/${digest.slice(0, 2)}/${digest}/scope/more`,
  `v1/acme/t/hist/${digest.slice(0, 2)}/${digest}`,
  `v1/acme/t/hist/${digest.slice(0, 2)}/${digest}/${digest}`,
  `v1/acme/t/hist/${digest.slice(0, 2)}/${digest}/00000000000-${digest}`,
  `v1/acme/t/hist/${digest.slice(0, 2)}/${digest}/00000000000A-${digest}`,
  `v1/acme/t/hist/${digest.slice(0, 2)}/${digest}/000000000000-${digest}x`,
  `v1/acme/t/hist/${digest.slice(0, 2)}/${digest}/pr-1/000000000000-${digest}`,
  `v1/acme/u/hist/${digest.slice(0, 2)}/${digest}/000000000000-${digest}`,
  `v1/acme/u/hist/${digest.slice(0, 2)}/${digest}/pr-1/000000000000-${digest}/more`,
  `v1/acme/t/hist/00/${digest}/000000000000-${digest}`,
  `v1//t/cas/${digest.slice(0, 2)}/${digest}`,
  `v1/acme/t/cas/${digest.slice(0, 2)}/${digest.toUpperCase()}`,
])('%p is no key of the layout', (foreign) => {
  expect(placeOfObject(foreign)).toBeUndefined();
  expect(objectKindOf(foreign)).toBeUndefined();
});

test.each([
  'a',
  '...',
  '.a',
  'a.',
  'a/..b',
  '..b/a',
  'A_z-0.9',
  'x'.repeat(200),
  `${'x'.repeat(200)}/${'y'.repeat(200)}`,
])('is a key: %s', (text) => expect(isObjectKey(text)).toBe(true));

test.each([
  '',
  '/',
  '.',
  '..',
  'a/',
  '/a',
  'a//b',
  'a/.',
  'a/..',
  './a',
  '../a',
  'a/../b',
  'a b',
  'a\n',
  'é',
  'x'.repeat(201),
])('is none: %j', (text) => expect(isObjectKey(text)).toBe(false));

test('a key has 1,024 characters at most', () => {
  const long = Array.from({ length: 8 }, () => 'x'.repeat(127)).join('/');
  expect([isObjectKey(`${long}x`), isObjectKey(`${long}xx`)]).toEqual([true, false]);
});
