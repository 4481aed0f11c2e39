import fc from 'fast-check';
import type { Tree } from '@velocity/testing';

/** Each run has another seed, printed with the example when one fails. */
export const RUNS = { numRuns: 100_000, interruptAfterTimeLimit: 1000, markInterruptAsFailure: false } as const;
/** For those that write to the disk. */
export const FEW = { ...RUNS, interruptAfterTimeLimit: 2500 } as const;

const name = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('a', 'b', 'sub', 'é', 'x y', 'new\nline', 'A', '..', '.', '', 'con', 'a.', 'C:'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
);
export const anyPath = fc.array(name, { minLength: 1, maxLength: 5 }).map((list) => list.join('/'));

const anyNode: fc.Arbitrary<Tree[string]> = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }),
  fc.constant({ dir: true } as const),
  fc.uint8Array({ maxLength: 10 }).map((executable) => ({ executable })),
  fc.constantFrom('a', 'b', 'x y', 'sub/é').map((link) => ({ link })),
);
const fileName = name.filter((text) => !/[/\\\0]|^\.{0,2}$/u.test(text) && text.isWellFormed());
const filePath = fc.array(fileName, { minLength: 1, maxLength: 4 }).map((list) => `dist/${list.join('/')}`);
export const anyTree = fc.dictionary(filePath, anyNode, { maxKeys: 10 });
