import { createHash } from 'node:crypto';
import type { Brand } from './brand.js';
import { VelocityError } from './errors.js';

/** SHA-256 (FIPS 180-4) of some bytes, as 64 lowercase hexadecimal digits. */
export type Digest = Brand<string, 'Digest'>;

/** The {@link Digest} of a task's fingerprint: what its result is stored under. */
export type CacheKey = Brand<string, 'CacheKey'>;

const HEX_64 = /^[0-9a-f]{64}$/;

export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && HEX_64.test(value);
}

export function isCacheKey(value: unknown): value is CacheKey {
  return typeof value === 'string' && HEX_64.test(value);
}

/** @throws VelocityError `VALUE_INVALID` */
export function parseDigest(value: string): Digest {
  if (isDigest(value)) return value;
  throw new VelocityError('VALUE_INVALID', `not a SHA-256 digest: ${quote(value)}`);
}

/** @throws VelocityError `VALUE_INVALID` */
export function parseCacheKey(value: string): CacheKey {
  if (isCacheKey(value)) return value;
  throw new VelocityError('VALUE_INVALID', `not a cache key: ${quote(value)}`, {
    hint: 'a cache key has 64 lowercase hexadecimal digits',
  });
}

export function digestOf(data: Uint8Array | string): Digest {
  return createHash('sha256').update(data).digest('hex') as Digest;
}

function quote(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
}
