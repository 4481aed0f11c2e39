/**
 * What one store does with what S3 promises. Stores differ, some silently: `probeStorage` finds out, and the driver then asks only for
 * what the store keeps.
 */
export interface S3Features {
  /** The precondition header on PUT is honoured, and atomically. Without it `create` is only safe within one process. */
  readonly conditionalCreate: boolean;
  /** A signed `x-amz-content-sha256` is accepted in a presigned PUT. */
  readonly bindContentSha256: boolean;
  /** A signed `x-amz-checksum-sha256` is accepted in a presigned PUT. */
  readonly bindChecksumSha256: boolean;
  /** The SHA-256 that HEAD returns was computed by the store, so `stat` may vouch for it. */
  readonly checksumOnHead: boolean;
  /** An object can be copied onto itself: that is how `touch` works here. */
  readonly touchByCopy: boolean;
}

/** How a store is told not to overwrite. `none`: it cannot be told (Swift and Backblaze B2 answer 501). */
export type Precondition = 'if-none-match' | 'x-goog-if-generation-match' | 'none';

/** What Amazon documents, except that no checksum is believed before the store was probed. */
const DEFAULT_FEATURES: S3Features = {
  conditionalCreate: true,
  bindContentSha256: true,
  bindChecksumSha256: true,
  checksumOnHead: false,
  touchByCopy: true,
};

/** Google answers 400 to requests that mix `x-goog-` and `x-amz-` headers; its interface knows no SHA-256. Not tested here. */
const GOOGLE_FEATURES: S3Features = {
  ...DEFAULT_FEATURES,
  bindContentSha256: false,
  bindChecksumSha256: false,
};

export function defaultPrecondition(endpoint: string | undefined): Precondition {
  const isGoogle = endpoint !== undefined && new URL(endpoint).hostname.endsWith('storage.googleapis.com');
  return isGoogle ? 'x-goog-if-generation-match' : 'if-none-match';
}

export function featuresFor(precondition: Precondition, given: Partial<S3Features> = {}): S3Features {
  const base = precondition === 'x-goog-if-generation-match' ? GOOGLE_FEATURES : DEFAULT_FEATURES;
  const features = { ...base, ...given };
  return precondition === 'none' ? { ...features, conditionalCreate: false } : features;
}

/** The header that makes a PUT fail with 412 where the object exists. */
export function preconditionHeader(precondition: Precondition, features: S3Features): Readonly<Record<string, string>> {
  if (!features.conditionalCreate || precondition === 'none') return {};
  return precondition === 'if-none-match' ? { 'if-none-match': '*' } : { 'x-goog-if-generation-match': '0' };
}
