import { printablePath } from '@velocity/core';
import type { Style } from '../reporters/style.js';
import type { ChangeDetail } from './change-detail.js';

/** Kinds whose both sides say more than that they changed. */
const WITH_SIDES: ReadonlySet<string> = new Set(['command', 'arguments', 'outputs', 'platform', 'project', 'location']);

/** One line a change, with what is behind a dependency indented below it. */
export function printChanges(changes: readonly ChangeDetail[], style: Style, indent = '  '): string[] {
  return changes.flatMap((change) => [
    `${indent}${change.text}`,
    ...(WITH_SIDES.has(change.kind)
      ? [
          `${indent}  ${style.red(`- ${printablePath(change.before ?? '')}`)}`,
          `${indent}  ${style.green(`+ ${printablePath(change.after ?? '')}`)}`,
        ]
      : []),
    ...printChanges(change.because ?? [], style, `${indent}  `),
  ]);
}
