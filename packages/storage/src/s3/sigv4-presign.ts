import { createHash, createHmac, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string | undefined;
}

export interface PresignInput {
  readonly method: string;
  /** Scheme, host and port as the client will see them; path and query are ignored. */
  readonly origin: URL;
  /** Decoded, with its leading slash. */
  readonly path: string;
  /** Signed besides `host`; the client must send these. Names in any case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Signed query parameters besides those of the signature. */
  readonly query?: Readonly<Record<string, string>>;
  readonly region: string;
  readonly credentials: SigningCredentials;
  readonly nowMs: number;
  /** 1 to 604,800 */
  readonly expiresSeconds: number;
  readonly keys: SigningKeyCache;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SERVICE = 's3';
export const CONTENT_SHA256 = 'x-amz-content-sha256';

/**
 * A URL that carries its own permission: AWS Signature Version 4 in query parameters, as Amazon's "Authenticating Requests: Using Query
 * Parameters" for S3 says. Every given header is signed as a header, none is moved to the query: S3 checks `x-amz-checksum-sha256`
 * and the like only where they are headers. A signed `x-amz-content-sha256` also stands in the canonical request, in the place of
 * `UNSIGNED-PAYLOAD`, as in requests that are signed by header.
 */
export function presignUrl(input: PresignInput): string {
  const timestamp = amzDate(input.nowMs);
  const day = timestamp.slice(0, 8);
  const scope = `${day}/${input.region}/${SERVICE}/aws4_request`;
  const headers = canonicalHeaders(input);
  const signedHeaders = headers.map(([name]) => name).join(';');
  const query = canonicalQuery({
    ...input.query,
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${input.credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': timestamp,
    'X-Amz-Expires': String(input.expiresSeconds),
    'X-Amz-SignedHeaders': signedHeaders,
    ...(input.credentials.sessionToken === undefined ? {} : { 'X-Amz-Security-Token': input.credentials.sessionToken }),
  });
  const path = encodePath(input.path);
  const canonicalRequest = [
    input.method,
    path,
    query,
    ...headers.map(([name, value]) => `${name}:${value}`),
    '',
    signedHeaders,
    headers.find(([name]) => name === CONTENT_SHA256)?.[1] ?? 'UNSIGNED-PAYLOAD',
  ].join('\n');
  const hashed = createHash('sha256').update(canonicalRequest).digest('hex');
  const key = input.keys.get(input.credentials.secretAccessKey, day, input.region);
  const signature = createHmac('sha256', key).update([ALGORITHM, timestamp, scope, hashed].join('\n')).digest('hex');
  return `${input.origin.protocol}//${input.origin.host}${path}?${query}&X-Amz-Signature=${signature}`;
}

/** Remembers the last derived key: it is good for a day, a region and one secret, and costs four of a signature's five HMACs. */
export class SigningKeyCache {
  #last:
    | { readonly secret: string; readonly day: string; readonly region: string; readonly key: KeyObject }
    | undefined;

  get(secret: string, day: string, region: string): KeyObject {
    const last = this.#last;
    if (last?.secret === secret && last.day === day && last.region === region) return last.key;
    const derived = [day, region, SERVICE, 'aws4_request'].reduce(
      (step, part) => createHmac('sha256', step).update(part).digest(),
      Buffer.from(`AWS4${secret}`),
    );
    // Node 24 needs 8 us for an HMAC with the bytes of a key, and 1.4 us with this.
    const key = createSecretKey(derived);
    this.#last = { secret, day, region, key };
    return key;
  }
}

/** `20261120T133000Z` */
function amzDate(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function canonicalHeaders({ headers = {}, origin }: PresignInput): (readonly [string, string])[] {
  const all = Object.entries({ ...headers, host: origin.host });
  return all
    .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/ +/g, ' ')] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function canonicalQuery(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}

function encodePath(path: string): string {
  return path.split('/').map(encode).join('/');
}

/** RFC 3986: everything but the unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
