import { createHash } from 'node:crypto';

import {
  ALGORITHM,
  canonicalQuery,
  formatAmzDate,
  scopeText,
  signCanonical,
  UNSIGNED_PAYLOAD,
  uriEncodePath,
  type Signing,
} from './canonical-request.js';
import type { S3Target } from './s3-target.js';

export interface RequestToSign {
  readonly method: string;
  /** Undefined addresses the bucket itself. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** All of them are signed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: now. */
  readonly nowMs?: number;
}

export interface SignedHttpRequest {
  readonly method: string;
  readonly url: string;
  /** To be sent as they are. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Signs in the Authorization header, over the hash of the body. */
export function signRequest(target: S3Target, request: RequestToSign, body: Uint8Array): SignedHttpRequest {
  const signing = signingOf(target, request);
  const url = new URL(target.endpoint);
  const payloadHash = createHash('sha256').update(body).digest('hex');
  const headers = new Map(lowerCase(request.headers));
  headers.set('host', url.host).set('x-amz-date', signing.amzDate).set('x-amz-content-sha256', payloadHash);

  const query = Object.entries(request.query ?? {});
  const path = pathOf(target, request);
  const signedHeaders = [...headers.keys()].sort();
  const signature = signCanonical(
    { method: request.method, path, query, headers, signedHeaders, payloadHash },
    signing,
  );
  const credential = `${target.accessKeyId}/${scopeText(signing.scope)}`;
  headers.set(
    'authorization',
    `${ALGORITHM} Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`,
  );
  return { method: request.method, url: urlOf(url, path, query), headers: Object.fromEntries(headers) };
}

/** Signs in the query: the URL needs no credentials, but the headers given here must be sent with it. */
export function presignRequest(
  target: S3Target,
  request: RequestToSign & { readonly lifetimeSeconds: number },
): SignedHttpRequest {
  const signing = signingOf(target, request);
  const url = new URL(target.endpoint);
  const headers = new Map(lowerCase(request.headers));
  const signedHeaders = [...headers.keys(), 'host'].sort();
  const query = Object.entries({
    ...request.query,
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${target.accessKeyId}/${scopeText(signing.scope)}`,
    'X-Amz-Date': signing.amzDate,
    'X-Amz-Expires': String(request.lifetimeSeconds),
    'X-Amz-SignedHeaders': signedHeaders.join(';'),
  });
  const path = pathOf(target, request);
  const signature = signCanonical(
    {
      method: request.method,
      path,
      query,
      headers: new Map(headers).set('host', url.host),
      signedHeaders,
      payloadHash: headers.get('x-amz-content-sha256') ?? UNSIGNED_PAYLOAD,
    },
    signing,
  );
  return {
    method: request.method,
    url: urlOf(url, path, [...query, ['X-Amz-Signature', signature]]),
    headers: Object.fromEntries(headers),
  };
}

function signingOf(target: S3Target, request: RequestToSign): Signing {
  const amzDate = formatAmzDate(request.nowMs ?? Date.now());
  return {
    secretAccessKey: target.secretAccessKey,
    scope: { day: amzDate.slice(0, 8), region: target.region },
    amzDate,
  };
}

function pathOf(target: S3Target, request: RequestToSign): string {
  return request.key === undefined ? `/${target.bucket}` : `/${target.bucket}/${request.key}`;
}

function urlOf(endpoint: URL, path: string, query: readonly (readonly [string, string])[]): string {
  const search = query.length === 0 ? '' : `?${canonicalQuery(query)}`;
  return `${endpoint.origin}${uriEncodePath(path)}${search}`;
}

function lowerCase(headers: Readonly<Record<string, string>> = {}): [string, string][] {
  return Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
}
