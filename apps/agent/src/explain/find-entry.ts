import { isCacheKey, VelocityError, type CacheKey } from '@velocity/core';
import type { Codec } from '@velocity/artifact';
import type { OpenStores } from '../stores/open-stores.js';
import { readFingerprint } from './read-fingerprint.js';
import type { Reference } from './reference.js';

export interface FindEntryOptions {
  readonly stores: Pick<Partial<OpenStores>, 'local' | 'remote'>;
  readonly codec: Codec;
}

/** Whether a text may be the beginning of a key. */
export function looksLikeKey(text: string): boolean {
  return /^[0-9a-f]{4,64}$/.test(text);
}

/**
 * The stored result of a key: the beginning of it is enough for what the local store has; the remote is asked for whole keys only.
 * @throws VelocityError `USAGE` where nothing or more than one is found
 */
export async function findEntry(text: string, options: FindEntryOptions): Promise<Reference> {
  const { local, remote } = options.stores;
  const keys = await keysOf(text, options);
  const [key] = keys;
  if (key === undefined || keys.length > 1) {
    const message =
      key === undefined ? `no entry has the key ${text}` : `${keys.length} entries have keys that start with ${text}`;
    throw new VelocityError('USAGE', message, {
      hint: '`velocity cache ls` lists the local ones; the remote knows whole keys only',
    });
  }
  for (const [source, store] of [
    ['local', local],
    ['remote', remote],
  ] as const) {
    const hit = (await store?.lookup([key]))?.get(key);
    const fingerprint = hit && (await readFingerprint(key, hit, options));
    if (hit !== undefined && fingerprint !== undefined)
      return { source, key, fingerprint, createdAt: hit.origin.createdAt };
  }
  throw new VelocityError('USAGE', `no store has a readable entry of the key ${key}`, {
    hint: 'it may have been evicted; `velocity cache ls` lists the local ones',
  });
}

async function keysOf(text: string, { stores }: FindEntryOptions): Promise<readonly CacheKey[]> {
  if (isCacheKey(text)) return [text];
  const entries = (await stores.local?.list()) ?? [];
  return entries.map(({ key }) => key).filter((key) => key.startsWith(text));
}
