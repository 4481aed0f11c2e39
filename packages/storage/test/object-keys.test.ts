import { expect, test } from '@jest/globals';
import { digestOf, type CacheKey } from '@velocity/core';
import { blobObjectKey, isObjectKey, objectKindOf, placeOfObject, recordObjectKey } from '@velocity/storage';

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
  `v1//t/cas/${digest.slice(0, 2)}/${digest}`,
  `v1/acme/t/cas/${digest.slice(0, 2)}/${digest.toUpperCase()}`,
])('%p is no key of the layout', (foreign) => {
  expect(placeOfObject(foreign)).toBeUndefined();
  expect(objectKindOf(foreign)).toBeUndefined();
});
