import { diffFingerprints, unreachable, type Fingerprint } from '@velocity/core';
import type { PlannedTask } from '../plan/planned-task.js';
import { describeChange } from './describe-change.js';
import type { Comparison } from './reference.js';

/** Why a task runs, in one line: the change that a person would look at first, and how many more there are. */
export function missReason(task: Pick<PlannedTask, 'key' | 'fingerprint'>, comparison: Comparison): string {
  switch (comparison.kind) {
    case 'none':
      return comparison.isRemoteAsked ? 'never built' : 'never built here';
    case 'evicted':
      return `evicted from the ${comparison.from} store`;
    case 'reference': {
      const { source, key, fingerprint } = comparison.reference;
      if (key === task.key) return 'evicted from the store';
      const changes = summarizeChanges(fingerprint, task.fingerprint);
      return source === 'checkout' ? changes : `${changes}, against ${source} ${key.slice(0, 8)}`;
    }
    default:
      return unreachable(comparison);
  }
}

/** The first change, and how many more there are. */
export function summarizeChanges(before: Fingerprint, after: Fingerprint): string {
  const [first, ...others] = diffFingerprints(before, after);
  // A variable that is declared now and set neither then nor now changes the key, and nothing that could be pointed at.
  if (first === undefined) return 'configuration changed';
  return `${describeChange(first)}${others.length === 0 ? '' : ` (+${others.length} more)`}`;
}
