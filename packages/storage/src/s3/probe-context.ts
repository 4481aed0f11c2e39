import { digestOf, errorMessage, isErrno } from '@velocity/core';
import type { SignedRequest, StorageDriver } from '../driver.js';
import { sendSigned } from '../send-signed.js';
import type { S3PresignOptions } from './s3-driver.js';
import type { S3Features } from './s3-features.js';
import type { SignRequest } from '../driver.js';

/** What {@link probeStorage} needs of a driver; `S3Driver` has it. */
export interface ProbeStore extends StorageDriver {
  readonly features: S3Features;
  withFeatures(features: S3Features): ProbeStore;
  presign(request: SignRequest, options?: S3PresignOptions): Promise<SignedRequest>;
}

export interface ProbeContext {
  readonly store: ProbeStore;
  readonly prefix: string;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly now: () => number;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  readonly problems: string[];
}

/** A context with the deadline of one check. */
export interface CheckContext extends ProbeContext {
  readonly signal: AbortSignal;
}

export const BODY_SIZE = 1024;
const LIFETIME_MS = 60_000;

/** Runs a check within its deadline; one that cannot be finished is a problem, and its answer is `otherwise`. */
export async function runCheck<T>(
  context: ProbeContext,
  name: string,
  check: (context: CheckContext) => Promise<T>,
  otherwise: T,
): Promise<T> {
  const deadline = AbortSignal.timeout(context.deadlineMs);
  const signal = context.signal === undefined ? deadline : AbortSignal.any([deadline, context.signal]);
  try {
    return await check({ ...context, signal });
  } catch (error) {
    context.signal?.throwIfAborted();
    const reason = deadline.aborted ? `no answer within ${context.deadlineMs} ms` : errorMessage(error);
    context.problems.push(`${name} could not be checked: ${reason}`);
    return otherwise;
  }
}

export interface SignedPut {
  readonly key: string;
  /** What is signed. */
  readonly body: Uint8Array;
  readonly features: S3Features;
  readonly nowMs?: number;
}

/** A signed PUT for this process's own way to the store. */
export async function signPut({ store, now }: ProbeContext, put: SignedPut): Promise<SignedRequest> {
  const body = { size: put.body.byteLength, sha256: digestOf(put.body) };
  return store.presign(
    { method: 'PUT', key: put.key, lifetimeMs: LIFETIME_MS, body },
    { reach: 'internal', features: put.features, nowMs: put.nowMs ?? now() },
  );
}

/** Sends these bytes with their own length; true when the store took them. A connection that is cut is a refusal. */
export async function isAccepted(
  request: SignedRequest,
  bytes: Uint8Array,
  { signal }: CheckContext,
): Promise<boolean> {
  const headers = { ...request.headers, 'content-length': String(bytes.byteLength) };
  try {
    const { status } = await sendSigned({ ...request, headers }, { body: bytes, signal });
    if (status >= 500 && status !== 501) throw new Error(`the store answered ${status}`);
    return status >= 200 && status < 300;
  } catch (error) {
    if (isErrno(error, 'ECONNRESET', 'EPIPE')) return false;
    throw error;
  }
}

export async function isAbsent({ store, signal }: CheckContext, key: string): Promise<boolean> {
  return (await store.stat(key, { signal })) === undefined;
}
