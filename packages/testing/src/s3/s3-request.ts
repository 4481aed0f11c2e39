import type { IncomingHttpHeaders } from 'node:http';

import { sendHttp } from '../network/send-http.js';
import type { S3Target } from './s3-target.js';
import { signRequest, type RequestToSign } from './sign-request.js';
import { xmlValue, xmlValues } from './xml.js';

export interface S3Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The error code of S3, where the body is an error document. */
  readonly code?: string;
}

/** One signed request, no retries; every status is an answer. For fixtures and for looking into a store, fake or real. */
export async function s3Request(
  target: S3Target,
  request: RequestToSign & { readonly body?: string | Uint8Array; readonly timeoutMs?: number },
): Promise<S3Answer> {
  const body = Buffer.from(request.body ?? '');
  const signed = signRequest(target, request, body);
  const answer = await sendHttp(signed.url, {
    method: request.method,
    headers: signed.headers,
    ...(request.body === undefined && request.method !== 'PUT' ? {} : { body }),
    ...(request.timeoutMs === undefined ? {} : { timeoutMs: request.timeoutMs }),
  });
  const code = xmlValue(answer.body.toString('utf8'), 'Code');
  return answer.status < 300 || code === undefined ? answer : { ...answer, code };
}

/** Creates the bucket of `target`. One that exists already is no error. */
export async function createBucket(target: S3Target): Promise<void> {
  const answer = await s3Request(target, { method: 'PUT' });
  if (answer.status !== 200 && answer.status !== 409) throw unexpected('create', target.bucket, answer);
}

export async function putObject(target: S3Target, key: string, body: string | Uint8Array): Promise<void> {
  const answer = await s3Request(target, { method: 'PUT', key, body });
  if (answer.status !== 200) throw unexpected('put', key, answer);
}

/** Undefined when there is no such object. */
export async function getObject(target: S3Target, key: string): Promise<Buffer | undefined> {
  const answer = await s3Request(target, { method: 'GET', key });
  if (answer.status === 200) return answer.body;
  if (answer.status === 404) return undefined;
  throw unexpected('get', key, answer);
}

export async function deleteObject(target: S3Target, key: string): Promise<void> {
  const answer = await s3Request(target, { method: 'DELETE', key });
  if (answer.status !== 204 && answer.status !== 404) throw unexpected('delete', key, answer);
}

/** Every key of the bucket, in the store's order. */
export async function listKeys(target: S3Target, prefix = ''): Promise<readonly string[]> {
  const keys: string[] = [];
  let token: string | undefined;
  do {
    const query = {
      'list-type': '2',
      'encoding-type': 'url',
      prefix,
      ...(token === undefined ? {} : { 'continuation-token': token }),
    };
    const answer = await s3Request(target, { method: 'GET', query });
    if (answer.status !== 200) throw unexpected('list', target.bucket, answer);
    const xml = answer.body.toString('utf8');
    // Stores disagree on whether a space is a plus or %20; a plus itself is always escaped.
    keys.push(...xmlValues(xml, 'Key').map((key) => decodeURIComponent(key.replaceAll('+', '%20'))));
    token = xmlValue(xml, 'NextContinuationToken');
  } while (token !== undefined);
  return keys;
}

function unexpected(verb: string, what: string, answer: S3Answer): Error {
  return new Error(`cannot ${verb} ${what}: the store answered ${answer.status} ${answer.code ?? ''}`);
}
