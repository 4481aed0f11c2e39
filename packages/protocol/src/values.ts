import { parseCacheKey, parseDigest } from '@velocity/core';
import * as v from 'valibot';

const HEX_64 = /^[0-9a-f]{64}$/;
const HEX_64_MESSAGE = 'must be 64 lowercase hexadecimal digits';

export const digestSchema = v.pipe(v.string(), v.regex(HEX_64, HEX_64_MESSAGE), v.transform(parseDigest));
export const cacheKeySchema = v.pipe(v.string(), v.regex(HEX_64, HEX_64_MESSAGE), v.transform(parseCacheKey));

/** Names a tenant. It comes from the server's configuration, never from a request. */
export const namespaceSchema = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'must match [a-z0-9][a-z0-9._-]{0,62}'),
);

/** `trusted`, or the name of one untrusted scope. */
export const scopeSchema = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'must match [a-z0-9][a-z0-9._-]{0,62}'),
);

/** A whole number of bytes or milliseconds. */
export const sizeSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(1_000_000));
