import { VelocityError } from '@velocity/core';
import type { SignedRequest, SignRequest } from '../driver.js';
import { assertObjectKey } from '../object-key-syntax.js';
import { assertBody } from '../url-signer.js';
import { type Precondition, preconditionHeader, type S3Features } from './s3-features.js';
import type { S3Credentials } from './s3-options.js';
import { CONTENT_SHA256, presignUrl, SigningKeyCache } from './sigv4-presign.js';

/** Amazon's limit. */
const MAX_LIFETIME_SECONDS = 604_800;

export interface S3PresignerOptions {
  readonly region: string;
  readonly precondition: Precondition;
  /** Asked for each signature; remembers what it knows. */
  readonly credentials: () => Promise<S3Credentials>;
}

/** Signs requests so that they can do one thing to one object, and a PUT only with one body. */
export class S3Presigner {
  readonly #options: S3PresignerOptions;
  readonly #keys = new SigningKeyCache();

  constructor(options: S3PresignerOptions) {
    this.#options = options;
  }

  /** `bucket` is the URL of the bucket as whoever uses the request will reach it. */
  async presign(
    request: SignRequest,
    { bucket, features, nowMs }: { readonly bucket: URL; readonly features: S3Features; readonly nowMs: number },
  ): Promise<SignedRequest> {
    assertObjectKey(request.key);
    assertBody(request);
    const credentials = await this.#options.credentials();
    const expiresSeconds = lifetimeSeconds(request, credentials, nowMs);
    const headers = this.#boundHeaders(request, features);
    const url = presignUrl({
      method: request.method,
      origin: bucket,
      path: `${bucket.pathname.replace(/\/$/, '')}/${request.key}`,
      headers,
      region: this.#options.region,
      credentials,
      nowMs,
      expiresSeconds,
      keys: this.#keys,
    });
    return {
      method: request.method,
      url,
      headers,
      expiresAtMs: Math.floor(nowMs / 1000) * 1000 + expiresSeconds * 1000,
    };
  }

  #boundHeaders({ body }: SignRequest, features: S3Features): Record<string, string> {
    if (body === undefined) return {};
    const checksum = Buffer.from(body.sha256, 'hex').toString('base64');
    return {
      'content-length': String(body.size),
      ...preconditionHeader(this.#options.precondition, features),
      ...(features.bindChecksumSha256 ? { 'x-amz-checksum-sha256': checksum } : {}),
      ...(features.bindContentSha256 ? { [CONTENT_SHA256]: body.sha256 } : {}),
    };
  }
}

/** A URL made with temporary credentials dies with them, so it does not claim to live longer. */
function lifetimeSeconds({ lifetimeMs }: SignRequest, { expiration }: S3Credentials, nowMs: number): number {
  const leftMs = expiration === undefined ? lifetimeMs : Math.min(lifetimeMs, expiration.getTime() - nowMs);
  if (leftMs <= 0) throw new VelocityError('STORAGE_UNAVAILABLE', 'the credentials of the store have expired');
  return Math.min(MAX_LIFETIME_SECONDS, Math.ceil(leftMs / 1000));
}
