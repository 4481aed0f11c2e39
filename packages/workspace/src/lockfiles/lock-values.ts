import { digestOf } from '@velocity/core';

/** A stand-in for where something comes from: an address may hold a token, and the closure is stored and shown. */
export function digestOfSource(source: unknown): string {
  return `source-${digestOf(typeof source === 'string' ? source : JSON.stringify(sortKeys(source)))}`;
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortKeys((value as Record<string, unknown>)[key])]),
  );
}

/** Groups of ids by a key each. */
export function groupIds(
  entries: Iterable<readonly [key: string, id: string]>,
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const [key, id] of entries) {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [id]);
    else group.push(id);
  }
  return groups;
}
