import { type CacheKey, isCacheKey } from '@velocity/core';

/** 48 bits of milliseconds last until the year 10889. */
const LAST_MS = 2 ** 48 - 1;
const NAME = /^([0-9a-f]{12})-(.+)$/;

/** `<inverted time>-<key>`: names that sort the newest first, whoever lists them. */
export function historyEntryName({ key, createdAtMs }: EntryName): string {
  const inverted = LAST_MS - Math.min(LAST_MS, Math.max(0, Math.floor(createdAtMs)));
  return `${inverted.toString(16).padStart(12, '0')}-${key}`;
}

/** The inverse; undefined for other names. */
export function parseHistoryEntryName(name: string): EntryName | undefined {
  const [, time = '', key = ''] = NAME.exec(name) ?? [];
  return isCacheKey(key) ? { key, createdAtMs: LAST_MS - Number.parseInt(time, 16) } : undefined;
}

interface EntryName {
  readonly key: CacheKey;
  readonly createdAtMs: number;
}
