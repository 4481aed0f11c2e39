import type { IncomingMessage } from 'node:http';

import { s3Error } from './s3-error.js';

/** What came over the wire, decoded once. */
export interface WireRequest {
  readonly method: string;
  /** Decoded, as it is signed: with the bucket for path-style addressing, without it for virtual-host style. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** By lower-case name; repeated ones joined by commas, as they are signed. */
  readonly headers: ReadonlyMap<string, string>;
  /** Undefined for the service itself. */
  readonly bucket: string | undefined;
  /** Undefined for the bucket itself. */
  readonly key: string | undefined;
}

export function parseWireRequest(request: IncomingMessage, virtualHostDomain: string | undefined): WireRequest {
  const [rawPath = '/', rawQuery = ''] = splitOnce(request.url ?? '/', '?');
  const headers = headerMap(request.rawHeaders);
  const path = decode(rawPath);
  const hostBucket = bucketOfHost(headers.get('host') ?? '', virtualHostDomain);
  const [pathBucket = '', pathKey = ''] = splitOnce(path.slice(1), '/');
  const bucket = hostBucket ?? (pathBucket === '' ? undefined : pathBucket);
  const key = hostBucket === undefined ? pathKey : path.slice(1);
  return {
    method: request.method ?? 'GET',
    path,
    query: parseQuery(rawQuery),
    headers,
    bucket,
    key: key === '' ? undefined : key,
  };
}

/** The first value of a query parameter; names are case-sensitive. */
export function queryValue(wire: WireRequest, name: string): string | undefined {
  return wire.query.find(([candidate]) => candidate === name)?.[1];
}

function parseQuery(raw: string): [string, string][] {
  if (raw === '') return [];
  return raw.split('&').map((pair) => {
    const [name = '', value = ''] = splitOnce(pair, '=');
    return [decode(name), decode(value)];
  });
}

function headerMap(raw: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const value = raw[index + 1] ?? '';
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return headers;
}

/** `bucket.domain:port` names a bucket; anything else does not. */
function bucketOfHost(host: string, domain: string | undefined): string | undefined {
  if (domain === undefined) return undefined;
  const name = host.replace(/:\d+$/, '');
  return name.endsWith(`.${domain}`) ? name.slice(0, -domain.length - 1) : undefined;
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // The only thing it throws is URIError, for a stray percent sign or bytes that are not UTF-8.
    throw s3Error('InvalidURI', 'The specified URI could not be parsed.');
  }
}
