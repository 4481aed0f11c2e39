import { expect, test } from '@jest/globals';
import { LruCache } from '../src/lru-cache.js';

test('keeps what is used and drops what is not, within its weight', () => {
  const cache = new LruCache<number>({ maxWeight: 10, ttlMs: 1000, now: () => 0 });
  for (let i = 0; i < 10; i++) cache.put(`key ${i}`, i, 1);
  for (let round = 0; round < 5; round++) {
    expect(cache.get('key 0')).toBe(0);
    for (let i = 0; i < 9; i++) cache.put(`other ${round} ${i}`, i, 1);
  }
  expect(cache.get('key 1')).toBeUndefined();
  const kept = Array.from({ length: 9 }, (_, i) => cache.get(`other 4 ${i}`));
  expect(kept).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
});

test('makes room even where all of it is in use', () => {
  const cache = new LruCache<number>({ maxWeight: 3, ttlMs: 1000, now: () => 0 });
  for (const key of ['a', 'b', 'c']) {
    cache.put(key, 1, 1);
    cache.get(key);
  }
  cache.put('d', 1, 1);
  expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key))).toEqual([undefined, 1, 1, 1]);
});

test('forgets by age', () => {
  const clock = { ms: 0 };
  const cache = new LruCache<number>({ maxWeight: 10, ttlMs: 1000, now: () => clock.ms });
  cache.put('a', 1, 10);
  clock.ms = 1000;
  expect(cache.get('a')).toBeUndefined();
  cache.put('b', 2, 10);
  expect(cache.get('b')).toBe(2);
});
