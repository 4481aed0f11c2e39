import { diffFingerprints, printablePath, unreachable, type Fingerprint, type FingerprintChange } from '@velocity/core';

/** Why a task runs, in one line: the change that a person would look at first, and how many more there are. */
export function missReason(before: Fingerprint | undefined, after: Fingerprint): string {
  if (before === undefined) return 'never built here';
  const changes = diffFingerprints(before, after);
  const [first] = changes;
  if (first === undefined) return 'evicted from the store';
  const others = changes.length - 1;
  return `${describeChange(first)}${others === 0 ? '' : ` (+${others} more)`}`;
}

/** One change in words. */
export function describeChange(change: FingerprintChange): string {
  switch (change.kind) {
    case 'input':
      return `${printablePath(change.path)} ${change.change === 'mode' ? 'changed its mode' : change.change}`;
    case 'global-input':
      return `global input ${printablePath(change.path)} ${change.change === 'mode' ? 'changed its mode' : change.change}`;
    case 'env':
    case 'global-env':
      return `env ${change.name} ${change.change}`;
    case 'toolchain':
    case 'lockfile':
      return `${change.kind === 'lockfile' ? 'package' : 'toolchain'} ${change.name} ${change.before ?? 'absent'} → ${change.after ?? 'absent'}`;
    case 'dependency':
      return `dependency ${change.task} ${change.change}`;
    case 'command':
    case 'arguments':
    case 'outputs':
    case 'platform':
    case 'project':
    case 'location':
      return `${change.kind} changed`;
    default:
      return unreachable(change);
  }
}
