import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeCanonical, type CanonicalValue } from '@velocity/core';

const value = fc.letrec<{ value: CanonicalValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed()),
    fc.uint8Array({ maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
  ),
})).value;

const hex = (input: CanonicalValue): string => Buffer.from(encodeCanonical(input)).toString('hex');

describe('the canonical encoding', () => {
  test('gives different values different bytes, and equal values equal bytes', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(hex(a) === hex(b)).toBe(isEqual(a, b));
      }),
      { numRuns: 2000 },
    );
  });

  test('does not confuse shifted boundaries, types or nesting', () => {
    const tricky: CanonicalValue[] = [
      ['ab', 'c'],
      ['a', 'bc'],
      ['abc'],
      'abc',
      ['a', ['b'], 'c'],
      [['a', 'b'], 'c'],
      [],
      [[]],
      {},
      '',
      null,
      0,
      '0',
      false,
      { a: 'b' },
      ['a', 'b'],
      { a: null },
      new Uint8Array([97]),
      'a',
      97,
      { a: {} },
      { a: [] },
    ];
    expect(new Set(tricky.map(hex)).size).toBe(tricky.length);
  });

  test('ignores the order in which a map was built and entries that are undefined', () => {
    expect(hex({ b: 1, a: 2 })).toBe(hex({ a: 2, b: 1, c: undefined }));
  });

  test('is frozen', () => {
    expect(hex({ list: [null, true, false, -1, 'ü'], bytes: new Uint8Array([1, 2]) })).toBe(
      '0700000002040000000562797465730500000002010204000000046c6973740600000005000201' +
        '03ffffffffffffffff0400000002c3bc',
    );
  });

  test.each([0.5, Number.NaN, 2 ** 53, '\ud800'])('refuses %p', (bad) => {
    expect(() => encodeCanonical(bad)).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }));
  });
});

function isEqual(a: CanonicalValue, b: CanonicalValue): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}
