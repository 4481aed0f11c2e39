import { type CacheKey, type Digest, isCacheKey, isDigest } from '@velocity/core';

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

export type RecordPlace = { readonly tier: 'trusted' } | { readonly tier: 'untrusted'; readonly scope: string };

/** What a key of this layout names. */
export type ObjectPlace = { readonly namespace: string; readonly tier: Tier } & (
  | { readonly kind: 'blob'; readonly digest: Digest }
  | { readonly kind: 'record'; readonly key: CacheKey }
);

/** The inverse of {@link blobObjectKey} and {@link recordObjectKey}; undefined for keys that are not of this layout. */
export function placeOfObject(objectKey: string): ObjectPlace | undefined {
  const [root, namespace, letter, kind, shard, name, scope, ...rest] = objectKey.split('/');
  const tier = letter === LETTER.trusted ? 'trusted' : letter === LETTER.untrusted ? 'untrusted' : undefined;
  if (root !== ROOT || !namespace || tier === undefined || name?.slice(0, 2) !== shard || rest.length > 0)
    return undefined;
  if (kind === 'cas' && isDigest(name) && scope === undefined) return { namespace, tier, kind: 'blob', digest: name };
  const hasItsScope = (tier === 'untrusted') === (scope !== undefined);
  if (kind === 'ac' && isCacheKey(name) && hasItsScope) return { namespace, tier, kind: 'record', key: name };
  return undefined;
}

/** What kind of object a key names; undefined for keys that are not of this layout. */
export function objectKindOf(key: string): 'record' | 'blob' | undefined {
  return placeOfObject(key)?.kind;
}

/** The start of all keys of this layout. */
export const LAYOUT_PREFIX = `${ROOT}/`;

/** The start of the keys of all records in the pool that a place belongs to. */
export function recordPrefix({ namespace, tier }: { readonly namespace: string; readonly tier: Tier }): string {
  return `${ROOT}/${namespace}/${LETTER[tier]}/ac/`;
}
