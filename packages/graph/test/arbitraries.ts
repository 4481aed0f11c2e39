import fc from 'fast-check';
import type { TaskGraph } from '@velocity/graph';
import { graphOf, type Definition } from './support.js';

/** Edges between the names `a` to `j`; any name may point to any other, itself included. */
export const digraph: fc.Arbitrary<Record<string, string[]>> = fc.integer({ min: 1, max: 10 }).chain((size) => {
  const names = 'jihgfedcba'.split('').slice(0, size);
  return fc
    .tuple(...names.map(() => fc.subarray(names, { maxLength: Math.min(size, 3) })))
    .map((targets) => Object.fromEntries(names.map((name, index) => [name, targets[index] ?? []])));
});

/** A graph whose edges point from later names to earlier ones of a shuffled list, so that there is no cycle. */
export const dag: fc.Arbitrary<TaskGraph<Definition>> = fc
  .tuple(
    fc.shuffledSubarray('abcdefghij'.split(''), { minLength: 1 }),
    fc.infiniteStream(fc.integer({ min: 0, max: 2 })),
  )
  .map(([names, dice]) =>
    graphOf(
      Object.fromEntries(
        names.map((name, index) => [name, names.slice(0, index).filter(() => dice.next().value === 0)]),
      ),
    ),
  );
