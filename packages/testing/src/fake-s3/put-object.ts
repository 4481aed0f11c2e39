import { setTimeout as delay } from 'node:timers/promises';

import { send, type ObjectExchange } from './exchange.js';
import { receiveBody } from './receive-body.js';
import { s3Error } from './s3-error.js';
import { bucketOf, replaceObject, type StoredObject } from './store-state.js';

const MAX_OBJECT_BYTES = 5 * 1024 ** 3;
/** Long enough for writers that start together to overlap, even when their bodies are tiny. */
const RACE_WINDOW_MS = 50;
const KEPT_HEADERS = ['content-type', 'content-encoding', 'content-disposition', 'cache-control'];

export async function putObject(exchange: ObjectExchange): Promise<void> {
  const { state, wire, key } = exchange;
  const objects = bucketOf(state, exchange.bucket);
  const announced = announcedLength(wire.headers);
  if (Buffer.byteLength(key) > 1024) throw s3Error('KeyTooLongError', 'Your key is too long');

  const isConditional = hasCreateCondition(exchange);
  const isRacy = isConditional && state.misbehaviours.strikes('racyIfNoneMatch');
  const refuseExisting = existenceCheck(exchange, objects);
  // Before the body too: a client that asks for 100-continue need not send what will be refused.
  if (isConditional) refuseExisting();
  const received = await receiveBody(exchange, announced);
  if (isRacy) await delay(RACE_WINDOW_MS);
  try {
    if (isConditional && !isRacy) refuseExisting();
  } catch (error) {
    received.body.discard();
    throw error;
  }

  // From the last check to here nothing is awaited: that is what makes the condition atomic.
  replaceObject(objects, key, {
    body: received.body,
    etag: `"${received.md5}"`,
    modifiedAtMs: state.clock.now(),
    headers: keptHeaders(wire.headers),
    checksums: received.checksums,
    signature: exchange.verified.signature,
  });
  send(exchange, 200, { etag: `"${received.md5}"`, ...received.checksums });
}

function announcedLength(headers: ReadonlyMap<string, string>): number {
  const text = headers.get('content-length');
  if (text === undefined) throw s3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  const length = Number(text);
  if (length > MAX_OBJECT_BYTES) {
    throw s3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
  }
  return length;
}

/** True for `If-None-Match: *`; every other condition is one that AWS refuses or that this store does not have. */
function hasCreateCondition({ wire, state }: ObjectExchange): boolean {
  const generation = wire.headers.get('x-goog-if-generation-match');
  if (state.misbehaviours.strikes('googlePrecondition')) return generation === '0';
  const value = wire.headers.get('if-none-match');
  const foreign = ['if-match', 'if-modified-since', 'if-unmodified-since'].some((name) => wire.headers.has(name));
  const unknown = foreign || generation !== undefined || (value !== undefined && value !== '*');
  if (unknown || (value !== undefined && state.misbehaviours.strikes('conditionalNotImplemented'))) {
    throw s3Error('NotImplemented', 'A header you provided implies functionality that is not implemented');
  }
  if (value !== undefined && state.misbehaviours.strikes('conflict409')) {
    throw s3Error(
      'ConditionalRequestConflict',
      'The conditional request cannot succeed due to a conflicting operation',
    );
  }
  return value !== undefined;
}

/** May be called several times for one request; a misbehaviour that lets it pass strikes once. */
function existenceCheck({ state, key, verified }: ObjectExchange, objects: Map<string, StoredObject>): () => void {
  let isForgiven = false;
  return () => {
    const existing = objects.get(key);
    if (existing === undefined || isForgiven) return;
    const isReplay = existing.signature === verified.signature;
    isForgiven =
      (isReplay && state.misbehaviours.strikes('overwriteAllowed')) || state.misbehaviours.strikes('ignoreIfNoneMatch');
    if (!isForgiven) {
      throw s3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
    }
  };
}

function keptHeaders(headers: ReadonlyMap<string, string>): Record<string, string> {
  const kept = [...headers].filter(([name]) => KEPT_HEADERS.includes(name) || name.startsWith('x-amz-meta-'));
  return { 'content-type': 'binary/octet-stream', ...Object.fromEntries(kept) };
}
