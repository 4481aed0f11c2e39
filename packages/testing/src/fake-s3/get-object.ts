import { setTimeout as delay } from 'node:timers/promises';

import { resetConnection, send, type ObjectExchange } from './exchange.js';
import { s3Error } from './s3-error.js';
import { bucketOf, type StoredObject } from './store-state.js';

export function headObject(exchange: ObjectExchange): void {
  const object = findObject(exchange);
  const headers = objectHeaders(object);
  send(exchange, 200, { ...headers, ...checksumHeaders(exchange, object), 'content-length': String(object.body.size) });
}

export async function getObject(exchange: ObjectExchange): Promise<void> {
  const { state, wire } = exchange;
  const object = findObject(exchange);
  const range = parseRange(wire.headers.get('range'), object.body.size);
  const { start, end } = range ?? { start: 0, end: object.body.size };
  const announced = state.misbehaviours.strikes('truncateBody') ? Math.floor((end - start) / 2) : end - start;

  exchange.recorded.status = range === undefined ? 200 : 206;
  exchange.response.writeHead(exchange.recorded.status, {
    ...objectHeaders(object),
    // Of the whole object, so it would be wrong for a part of it.
    ...(range === undefined ? checksumHeaders(exchange, object) : {}),
    ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${object.body.size}` }),
    'content-length': String(announced),
  });
  await sendBody(exchange, object.body.read(start, start + announced), announced);
}

/** With `denyListBucket` nobody learns what does not exist, as on AWS. */
function findObject({ state, bucket, key }: ObjectExchange): StoredObject {
  const object = bucketOf(state, bucket).get(key);
  if (object !== undefined) return object;
  if (state.misbehaviours.strikes('denyListBucket')) throw s3Error('AccessDenied', 'Access Denied');
  throw s3Error('NoSuchKey', 'The specified key does not exist.');
}

function objectHeaders(object: StoredObject): Record<string, string> {
  return {
    ...object.headers,
    etag: object.etag,
    'last-modified': new Date(object.modifiedAtMs).toUTCString(),
    'accept-ranges': 'bytes',
  };
}

function checksumHeaders({ state, wire }: ObjectExchange, object: StoredObject): Readonly<Record<string, string>> {
  if (wire.headers.get('x-amz-checksum-mode') !== 'ENABLED') return {};
  return state.misbehaviours.strikes('noChecksumOnHead') ? {} : object.checksums;
}

/** Undefined stands for the whole object; several ranges or another unit are ignored, as RFC 9110 allows. */
function parseRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start >= size || (first === '' && Number(last) === 0)) {
    throw s3Error('InvalidRange', 'The requested range is not satisfiable');
  }
  return { start, end };
}

async function sendBody(exchange: ObjectExchange, bytes: AsyncIterable<Uint8Array>, length: number): Promise<void> {
  const { state, response } = exchange;
  const corruptAt = length > 0 && state.misbehaviours.strikes('corruptByte') ? Math.floor(length / 2) : -1;
  const resetAt = state.misbehaviours.strikes('resetMidBody') ? Math.floor(length / 2) : Number.POSITIVE_INFINITY;
  let sent = 0;
  for await (const piece of slowed(bytes, state.misbehaviours.slowBody)) {
    const chunk = flipByte(piece.subarray(0, Math.max(0, resetAt - sent)), corruptAt - sent);
    if (response.destroyed) return;
    const hasRoom = response.write(chunk);
    sent += chunk.length;
    state.traffic.bytesOut += chunk.length;
    if (sent >= resetAt) break;
    if (!hasRoom) await drained(exchange);
  }
  if (sent < resetAt) response.end();
  else {
    // What was written must leave the process first, or the client would see no half of the body.
    response.write('', () => resetConnection(exchange));
  }
}

/** Ten times a second, a tenth of `bytesPerSecond`. */
async function* slowed(
  bytes: AsyncIterable<Uint8Array>,
  bytesPerSecond: number | undefined,
): AsyncGenerator<Uint8Array> {
  const step = bytesPerSecond === undefined ? Infinity : Math.max(1, Math.floor(bytesPerSecond / 10));
  for await (const piece of bytes) {
    for (let at = 0; at < piece.length; at += step) {
      yield piece.subarray(at, at + step);
      if (bytesPerSecond !== undefined) await delay(100);
    }
  }
}

function flipByte(chunk: Uint8Array, at: number): Uint8Array {
  const byte = chunk[at];
  if (byte === undefined) return chunk;
  const copy = Uint8Array.from(chunk);
  copy[at] = byte ^ 0xff;
  return copy;
}

async function drained({ response }: ObjectExchange): Promise<void> {
  if (response.destroyed) return;
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
  });
}
