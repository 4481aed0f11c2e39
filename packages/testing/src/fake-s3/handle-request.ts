import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { createBucket, headBucket } from './buckets.js';
import { deleteObject, deleteObjects } from './delete-objects.js';
import { send, type Exchange, type VerifiedExchange } from './exchange.js';
import { getObject, headObject } from './get-object.js';
import { listObjects } from './list-objects.js';
import { putObject } from './put-object.js';
import { ConnectionGone } from './receive-body.js';
import { errorDocument, s3Error, S3Error } from './s3-error.js';
import type { StoreState } from './store-state.js';
import { verifySignature } from './verify-signature.js';
import { parseWireRequest } from './wire-request.js';

export interface HandleOptions {
  readonly virtualHostDomain: string | undefined;
  /** True when the client waits for `100 Continue` before it sends its body. */
  readonly expectsContinue: boolean;
}

/** Answers one request, or breaks it as told. Never rejects: what the fake itself gets wrong is answered with 500. */
export async function handleRequest(
  state: StoreState,
  [request, response]: readonly [IncomingMessage, ServerResponse],
  options: HandleOptions,
): Promise<void> {
  const requestId = randomUUID();
  response.setHeader('x-amz-request-id', requestId);
  // A client that goes away in the middle of an answer is not this store's failure.
  response.on('error', () => undefined);
  let exchange: Exchange | undefined;
  try {
    const wire = parseWireRequest(request, options.virtualHostDomain);
    const recorded = state.traffic.record(wire);
    const { expectsContinue } = options;
    exchange = { state, wire, bucket: wire.bucket ?? '', request, response, recorded, expectsContinue };
    await answer(exchange);
  } catch (error) {
    if (error instanceof ConnectionGone || response.headersSent) {
      response.destroy();
      return;
    }
    const known =
      error instanceof S3Error ? error : s3Error('InternalError', `The fake itself failed: ${String(error)}`);
    const body = errorDocument(known, request.url ?? '/', requestId);
    const headers = { 'content-type': 'application/xml', ...known.headers };
    if (exchange === undefined) response.writeHead(known.status, headers).end(body);
    else send(exchange, known.status, headers, body);
  }
}

async function answer(exchange: Exchange): Promise<void> {
  const { state, wire, response, recorded } = exchange;
  const { misbehaviours } = state;
  const failure = state.failures.take(recorded.operation);
  if (failure !== undefined) throw failure;
  if (misbehaviours.strikes('hang')) {
    await once(response, 'close');
    return;
  }
  if (misbehaviours.strikes('slowDown503')) throw s3Error('SlowDown', 'Please reduce your request rate.');

  const verified = verifySignature(wire, {
    region: state.region,
    accessKeyId: state.accessKeyId,
    secretAccessKey: state.secretAccessKey,
    nowMs: state.clock.now(),
    strikes: misbehaviours.strikes,
  });
  if (wire.method !== 'HEAD' && misbehaviours.strikes('errorInside200')) {
    throw new S3Error('InternalError', 200, 'We encountered an internal error. Please try again.');
  }
  await route({ ...exchange, verified });
}

async function route(exchange: VerifiedExchange): Promise<void> {
  const { operation, key = '' } = exchange.recorded;
  const onObject = { ...exchange, key };
  switch (operation) {
    case 'put':
      return putObject(onObject);
    case 'get':
      return getObject(onObject);
    case 'head':
      return headObject(onObject);
    case 'delete':
      return deleteObject(onObject);
    case 'list':
      return listObjects(exchange);
    case 'deleteObjects':
      return deleteObjects(exchange);
    case 'createBucket':
      return createBucket(exchange);
    case 'headBucket':
      return headBucket(exchange);
    case 'other':
      throw s3Error('NotImplemented', 'This operation is not part of what this store implements');
    default:
      return unreachable(operation);
  }
}

function unreachable(value: never): never {
  throw new Error(`unexpected ${String(value)}`);
}
