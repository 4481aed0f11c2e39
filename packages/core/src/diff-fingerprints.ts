import { compareCodeUnits } from './compare.js';
import { diffLockedPackages } from './diff-locked-packages.js';
import type { Fingerprint, FingerprintEnv, FingerprintInput } from './fingerprint.js';

/** One thing in which two fingerprints differ; the first is the older one. Environment values never appear. */
export type FingerprintChange =
  | {
      readonly kind: 'input' | 'global-input';
      readonly path: string;
      readonly change: 'added' | 'removed' | 'changed' | 'mode';
    }
  | {
      readonly kind: 'env' | 'global-env' | 'dotenv' | 'global-dotenv';
      readonly name: string;
      readonly change: 'set' | 'unset' | 'changed';
    }
  | {
      readonly kind: 'toolchain' | 'lockfile';
      readonly name: string;
      readonly before?: string;
      readonly after?: string;
    }
  | { readonly kind: 'dependency'; readonly task: string; readonly change: 'added' | 'removed' | 'changed' }
  | { readonly kind: 'command' | 'arguments' | 'outputs' | 'platform' | 'project' | 'location' };

/** Everything in which `after` differs from `before`, what a person edits first; empty when their keys are equal. */
export function diffFingerprints(before: Fingerprint, after: Fingerprint): readonly FingerprintChange[] {
  return [
    ...diffInputs('input', before.inputs, after.inputs),
    ...diffPlain(before, after),
    ...diffEnv('env', before.env, after.env),
    ...diffEnv('dotenv', before.dotenv, after.dotenv),
    ...diffToolchains(before.toolchains, after.toolchains),
    ...diffLockedPackages(before.lockfile, after.lockfile).map((change) => ({ kind: 'lockfile' as const, ...change })),
    ...diffInputs('global-input', before.global.inputs, after.global.inputs),
    ...diffEnv('global-env', before.global.env, after.global.env),
    ...diffEnv('global-dotenv', before.global.dotenv, after.global.dotenv),
    ...diffDependencies(before.dependencies, after.dependencies),
  ];
}

function diffPlain(before: Fingerprint, after: Fingerprint): FingerprintChange[] {
  const changes: FingerprintChange[] = [];
  if (!isSame(before.command, after.command)) changes.push({ kind: 'command' });
  if (!isSame(before.args, after.args)) changes.push({ kind: 'arguments' });
  if (!isSame(before.outputs, after.outputs)) changes.push({ kind: 'outputs' });
  if (before.platform !== after.platform) changes.push({ kind: 'platform' });
  if (before.project !== after.project) changes.push({ kind: 'project' });
  const location = (print: Fingerprint): string[] => [print.package, print.directory, print.task];
  if (!isSame(location(before), location(after))) changes.push({ kind: 'location' });
  return changes;
}

function diffInputs(
  kind: 'input' | 'global-input',
  before: readonly FingerprintInput[],
  after: readonly FingerprintInput[],
): FingerprintChange[] {
  const old = new Map(before.map((input) => [input.path, input]));
  const changes: FingerprintChange[] = [];
  for (const input of after) {
    const previous = old.get(input.path);
    old.delete(input.path);
    if (previous === undefined) changes.push({ kind, path: input.path, change: 'added' });
    else if (previous.digest !== input.digest) changes.push({ kind, path: input.path, change: 'changed' });
    else if (previous.type !== input.type) changes.push({ kind, path: input.path, change: 'mode' });
  }
  for (const path of old.keys()) changes.push({ kind, path, change: 'removed' });
  return changes;
}

/** What was stored by an earlier version may lack a part: it then knew of no variable there. */
function diffEnv(
  kind: 'env' | 'global-env' | 'dotenv' | 'global-dotenv',
  before: FingerprintEnv = {},
  after: FingerprintEnv = {},
): FingerprintChange[] {
  return unionOfKeys(before, after).flatMap((name): FingerprintChange[] => {
    const old = before[name] ?? null;
    const now = after[name] ?? null;
    if (old === now) return [];
    if (old === null) return [{ kind, name, change: 'set' }];
    return [{ kind, name, change: now === null ? 'unset' : 'changed' }];
  });
}

function diffToolchains(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): FingerprintChange[] {
  return unionOfKeys(before, after).flatMap((name): FingerprintChange[] => {
    const old = before[name];
    const now = after[name];
    if (old === now) return [];
    return [
      { kind: 'toolchain', name, ...(old !== undefined && { before: old }), ...(now !== undefined && { after: now }) },
    ];
  });
}

function diffDependencies(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): FingerprintChange[] {
  return unionOfKeys(before, after).flatMap((task): FingerprintChange[] => {
    if (before[task] === after[task]) return [];
    if (before[task] === undefined) return [{ kind: 'dependency', task, change: 'added' }];
    return [{ kind: 'dependency', task, change: after[task] === undefined ? 'removed' : 'changed' }];
  });
}

function unionOfKeys(a: object, b: object): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort(compareCodeUnits);
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
