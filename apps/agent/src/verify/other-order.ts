import { compareCodeUnits } from '@velocity/core';
import type { LikelyCause } from './likely-cause.js';

/** What `{"b":1,"a":2}` and the like are made of. */
const BETWEEN_VALUES = /[\s,;[\]{}()]+/;

/** Whether two different texts hold the same lines, or else the same values, in another order. */
export function sameInOtherOrder(first: string, second: string): LikelyCause | undefined {
  if (isReordered(first.split('\n'), second.split('\n'))) return 'order of lines';
  return isReordered(first.split(BETWEEN_VALUES), second.split(BETWEEN_VALUES)) ? 'order of values' : undefined;
}

function isReordered(first: readonly string[], second: readonly string[]): boolean {
  // In the same order they differ in nothing but what separates them.
  if (first.every((part, index) => part === second[index])) return false;
  return sorted(first) === sorted(second);
}

function sorted(parts: readonly string[]): string {
  return parts
    .filter((part) => part !== '')
    .sort(compareCodeUnits)
    .join('\n');
}
