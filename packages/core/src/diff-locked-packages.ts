import { compareCodeUnits } from './compare.js';

/** One external package of a lockfile that changed: its versions, several of them joined by a comma. */
export interface LockedPackageChange {
  readonly name: string;
  readonly before?: string;
  readonly after?: string;
}

/**
 * Compares two lockfile parts of fingerprints by package: `react@19.1.0` that went and `react@19.2.0` that came are one change. A version
 * that stays with other content is told with the first digits of both checksums. What says only which of two versions somebody gets
 * (`user > name`) is left out unless nothing else changed.
 */
export function diffLockedPackages(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly LockedPackageChange[] {
  const [old, now] = [gone(before, after), gone(after, before)];
  const names = [...new Set([...old.keys(), ...now.keys()])].sort(compareCodeUnits);
  const changes = names.map((name): LockedPackageChange => {
    const [left, right] = [old.get(name), now.get(name)];
    return {
      name,
      ...(left !== undefined && { before: left.join(', ') }),
      ...(right !== undefined && { after: right.join(', ') }),
    };
  });
  const packages = changes.filter(({ name }) => !name.includes(' > '));
  return packages.length > 0 ? packages : changes;
}

/** What `one` has and `other` has not, or has with another value: versions by package. */
function gone(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): ReadonlyMap<string, readonly string[]> {
  const result = new Map<string, string[]>();
  for (const label of Object.keys(one).sort(compareCodeUnits)) {
    const value = one[label] ?? '';
    if (other[label] === value) continue;
    const { name, version } = split(label, value, other[label] !== undefined);
    result.set(name, [...(result.get(name) ?? []), version]);
  }
  return result;
}

const SHORT = 12;

function split(
  label: string,
  value: string,
  isElsewhere: boolean,
): { readonly name: string; readonly version: string } {
  const at = label.lastIndexOf('@');
  if (at <= 0 || label.includes(' > ')) return { name: label, version: shorten(value) };
  const version = label.slice(at + 1);
  return { name: label.slice(0, at), version: isElsewhere ? `${version} (${shorten(value)})` : version };
}

/** A checksum is long and says nothing; a version is neither. */
function shorten(value: string): string {
  const [, digits = value] = /^sha\d+[-:](.+)$/.exec(value) ?? [];
  return digits.length > 2 * SHORT ? digits.slice(0, SHORT) : digits;
}
