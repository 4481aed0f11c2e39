import { printablePath, unreachable, type FingerprintChange } from '@velocity/core';

/** One change in words. Names come out of files that others wrote: control characters in them are shown, not obeyed. */
export function describeChange(change: FingerprintChange): string {
  switch (change.kind) {
    case 'input':
    case 'global-input': {
      const what = change.change === 'mode' ? 'changed its mode' : change.change;
      return `${change.kind === 'input' ? '' : 'global input '}${printablePath(change.path)} ${what}`;
    }
    case 'env':
    case 'global-env':
      return `env ${printablePath(change.name)} ${change.change}`;
    case 'dotenv':
    case 'global-dotenv':
      return `dotenv ${printablePath(change.name)} ${change.change}`;
    case 'toolchain':
    case 'lockfile': {
      const versions = [change.before ?? 'absent', change.after ?? 'absent'].map((version) => printablePath(version));
      return `${change.kind === 'lockfile' ? 'package' : 'toolchain'} ${printablePath(change.name)} ${versions.join(' → ')}`;
    }
    case 'dependency':
      return `dependency ${printablePath(change.task)} ${change.change}`;
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
