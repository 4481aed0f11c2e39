import { type CacheKey, type Digest, digestOf, isCacheKey, isDigest } from '@velocity/core';
import { historyEntryName, parseHistoryEntryName } from './history-entry-name.js';

/** Which of a namespace's two pools: what trusted writers put, or what everyone else did. */
export type Tier = 'trusted' | 'untrusted';

const ROOT = 'v1';
const LETTER: Readonly<Record<Tier, string>> = { trusted: 't', untrusted: 'u' };

/** `v1/<namespace>/t/cas/<dd>/<digest>` */
export function blobObjectKey(namespace: string, tier: Tier, digest: Digest): string {
  return `${ROOT}/${namespace}/${LETTER[tier]}/cas/${digest.slice(0, 2)}/${digest}`;
}

/** `v1/<namespace>/t/ac/<kk>/<key>`, or `v1/<namespace>/u/ac/<kk>/<key>/<scope>` for the record of an untrusted scope. */
export function recordObjectKey(namespace: string, where: RecordPlace, key: CacheKey): string {
  const stem = `${ROOT}/${namespace}/${LETTER[where.tier]}/ac/${key.slice(0, 2)}/${key}`;
  return where.tier === 'trusted' ? stem : `${stem}/${where.scope}`;
}

/**
 * The start of all history entries of a task in one place, ending in `/`: `v1/<namespace>/t/hist/<dd>/<SHA-256 of the task's id>/`, with
 * `<scope>/` after it for an untrusted scope. A listing gives the newest entry first.
 */
export function historyPrefix(namespace: string, where: RecordPlace, task: string): string {
  return historyFolder(namespace, where, digestOf(task));
}

/** `<history prefix><inverted time>-<key>`: names the record that a task got at a moment. The object itself is empty. */
export function historyObjectKey(namespace: string, where: RecordPlace, entry: HistoryEntry): string {
  return historyPrefix(namespace, where, entry.task) + historyEntryName(entry);
}

export type RecordPlace = { readonly tier: 'trusted' } | { readonly tier: 'untrusted'; readonly scope: string };

export interface HistoryEntry {
  /** `web#build` */
  readonly task: string;
  readonly key: CacheKey;
  readonly createdAtMs: number;
}

/** What a key of this layout names. */
export type ObjectPlace = { readonly namespace: string; readonly tier: Tier } & (
  | { readonly kind: 'blob'; readonly digest: Digest }
  | { readonly kind: 'record'; readonly key: CacheKey }
  | HistoryObjectPlace
);

export interface HistoryObjectPlace {
  readonly kind: 'history';
  /** All entries of the same task and scope have this prefix, see {@link historyPrefix}. */
  readonly prefix: string;
  readonly key: CacheKey;
  readonly createdAtMs: number;
  /** Where the record of this entry is, or was. */
  readonly recordObjectKey: string;
}

/** The inverse of the functions that make object keys; undefined for keys that are not of this layout. */
export function placeOfObject(objectKey: string): ObjectPlace | undefined {
  const [root, namespace, letter, kind, shard, name, ...rest] = objectKey.split('/');
  const tier = letter === LETTER.trusted ? 'trusted' : letter === LETTER.untrusted ? 'untrusted' : undefined;
  if (root !== ROOT || !namespace || tier === undefined || name?.slice(0, 2) !== shard) return undefined;
  if (kind === 'hist' && isDigest(name)) return historyPlace({ namespace, tier, task: name }, rest);
  const hasItsScope = rest.length === (tier === 'untrusted' ? 1 : 0);
  if (kind === 'ac' && isCacheKey(name) && hasItsScope) return { namespace, tier, kind: 'record', key: name };
  if (kind === 'cas' && isDigest(name) && rest.length === 0) return { namespace, tier, kind: 'blob', digest: name };
  return undefined;
}

/** What kind of object a key names; undefined for keys that are not of this layout. */
export function objectKindOf(key: string): ObjectPlace['kind'] | undefined {
  return placeOfObject(key)?.kind;
}

/** The start of all keys of this layout. */
export const LAYOUT_PREFIX = `${ROOT}/`;

/** The start of the keys of all records in the pool that a place belongs to. */
export function recordPrefix({ namespace, tier }: { readonly namespace: string; readonly tier: Tier }): string {
  return `${ROOT}/${namespace}/${LETTER[tier]}/ac/`;
}

function historyFolder(namespace: string, where: RecordPlace, task: Digest): string {
  const stem = `${ROOT}/${namespace}/${LETTER[where.tier]}/hist/${task.slice(0, 2)}/${task}/`;
  return where.tier === 'trusted' ? stem : `${stem}${where.scope}/`;
}

function historyPlace(
  { namespace, tier, task }: { readonly namespace: string; readonly tier: Tier; readonly task: Digest },
  rest: readonly string[],
): ObjectPlace | undefined {
  const [first, second, ...more] = rest;
  const [scope, name] = tier === 'untrusted' ? [first, second] : [undefined, first];
  if (more.length > 0 || name === undefined || (tier === 'trusted' && second !== undefined)) return undefined;
  const entry = parseHistoryEntryName(name);
  if (entry === undefined) return undefined;
  const place: RecordPlace = tier === 'trusted' ? { tier } : { tier, scope: scope ?? '' };
  return {
    namespace,
    tier,
    kind: 'history',
    prefix: historyFolder(namespace, place, task),
    recordObjectKey: recordObjectKey(namespace, place, entry.key),
    ...entry,
  };
}
