import type { CacheKey, Digest } from '@velocity/core';

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

/** What kind of object a key names; undefined for keys that are not of this layout. */
export function objectKindOf(key: string): 'record' | 'blob' | undefined {
  const [root, , tier, kind] = key.split('/');
  if (root !== ROOT || (tier !== 't' && tier !== 'u')) return undefined;
  if (kind === 'ac') return 'record';
  return kind === 'cas' ? 'blob' : undefined;
}
