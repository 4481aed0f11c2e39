import {
  diffFingerprints,
  printablePath,
  unreachable,
  type CacheKey,
  type Fingerprint,
  type FingerprintChange,
} from '@velocity/core';

/** A result that was, or one that is wanted. */
interface Keyed {
  readonly key: CacheKey;
  readonly fingerprint: Fingerprint;
}

/** Why a task runs, in one line: the change that a person would look at first, and how many more there are. */
export function missReason(before: Keyed | undefined, after: Keyed): string {
  if (before === undefined) return 'never built here';
  const changes = diffFingerprints(before.fingerprint, after.fingerprint);
  const [first] = changes;
  // A variable that is declared now and set neither then nor now changes the key, and nothing that could be pointed at.
  if (first === undefined) return before.key === after.key ? 'evicted from the store' : 'configuration changed';
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
