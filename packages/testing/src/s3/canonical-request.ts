/**
 * AWS Signature Version 4 as S3 uses it, from the specification ("Signature Calculations for the Authorization Header", "Using Query
 * Parameters"), with no SDK involved: what the SDK signs and what this verifies must agree by both being right.
 */
import { createHash, createHmac } from 'node:crypto';

export const ALGORITHM = 'AWS4-HMAC-SHA256';
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

/** What a signature holds to: `20260131/us-east-1/s3/aws4_request`. */
export interface CredentialScope {
  /** YYYYMMDD */
  readonly day: string;
  readonly region: string;
}

export interface CanonicalParts {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  /** Decoded, without `X-Amz-Signature`. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits, or `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
}

export interface Signing {
  readonly secretAccessKey: string;
  readonly scope: CredentialScope;
  /** YYYYMMDD'T'HHMMSS'Z' */
  readonly amzDate: string;
}

/** The signature, 64 hexadecimal digits. */
export function signCanonical(parts: CanonicalParts, signing: Signing): string {
  const request = createHash('sha256').update(canonicalRequest(parts)).digest('hex');
  const toSign = [ALGORITHM, signing.amzDate, scopeText(signing.scope), request].join('\n');
  return hmac(signingKey(signing), toSign).toString('hex');
}

export function canonicalRequest(parts: CanonicalParts): string {
  const headers = parts.signedHeaders.map((name) => `${name}:${canonicalValue(parts.headers.get(name) ?? '')}\n`);
  return [
    parts.method,
    uriEncodePath(parts.path),
    canonicalQuery(parts.query),
    headers.join(''),
    parts.signedHeaders.join(';'),
    parts.payloadHash,
  ].join('\n');
}

export function canonicalQuery(query: CanonicalParts['query']): string {
  const pairs = query.map(([name, value]) => [uriEncode(name), uriEncode(value)] as const);
  // Encoded text is ASCII, where the order of code units is the order of bytes.
  pairs.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

export function scopeText(scope: CredentialScope): string {
  return `${scope.day}/${scope.region}/s3/aws4_request`;
}

/** Every byte but the unreserved characters of RFC 3986. */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** As {@link uriEncode}, once (S3 is the exception among AWS services) and with the slashes left alone. */
export function uriEncodePath(path: string): string {
  return path.split('/').map(uriEncode).join('/');
}

/** YYYYMMDD'T'HHMMSS'Z' */
export function formatAmzDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** Undefined for anything that is not exactly that format or no real time. */
export function parseAmzDate(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

function signingKey({ secretAccessKey, scope }: Signing): Buffer {
  return ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${secretAccessKey}`, scope.day), scope.region));
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function canonicalValue(value: string): string {
  return value.trim().replace(/ +/g, ' ');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
