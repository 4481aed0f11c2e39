import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { isVelocityError } from '@velocity/core';
import { ROUTES } from '@velocity/protocol';
import { objectKindOf } from '@velocity/storage';
import type { UrlSigner } from '@velocity/storage';
import type { Context, Handler } from 'hono';
import type { GatewayContext } from '../context.js';
import type { GatewayEnv } from '../gateway-env.js';
import { nodeOf } from '../gateway-env.js';
import { errorFields } from '../logger.js';
import { Refusal } from '../refusal.js';
import { askForBody } from '../request-body.js';
import { sendBody } from '../send-body.js';
import { SlabPool } from '../slab-pool.js';
import { StreamGuard } from '../stream-guard.js';
import { toWebStream } from '../web-stream.js';

/** A client slower than this on average is cut. */
const MIN_BYTES_PER_SECOND = 64 * 1024;
const GRACE_MS = 60_000;

/** The local driver's blobs, through URLs that the gateway signed: the URL is the whole permission, no token is asked for. */
export function uploadBlobRoute(context: GatewayContext, signer: UrlSigner): Handler<GatewayEnv> {
  return async (c) => {
    const { key, body } = authorize(c, context, signer, 'PUT');
    if (body === undefined) throw invalidUrl();
    checkLength(c, body.size);
    if ((await context.storage.stat(key)) !== undefined) throw exists();
    using guard = new StreamGuard({
      idleTimeoutMs: context.limits.idleTimeoutMs,
      totalTimeoutMs: GRACE_MS + (body.size / MIN_BYTES_PER_SECOND) * 1000,
      stopping: context.lifecycle.stopping,
      onChunk: (size) => context.metrics.proxyBytes.inc({ direction: 'in' }, size),
    });
    askForBody(c);
    const chunks = guard.watch(c.req.raw.body ?? emptyBody());
    const outcome = await create(context, key, chunks, { ...body, signal: guard.signal });
    if (outcome === 'exists') throw exists();
    return c.body(null, 201, { 'content-length': '0' });
  };
}

export function downloadBlobRoute(context: GatewayContext, signer: UrlSigner): Handler<GatewayEnv> {
  const slabs = new SlabPool();
  return async (c) => {
    const { key } = authorize(c, context, signer, 'GET');
    if (c.req.method === 'HEAD') {
      const stat = await context.storage.stat(key);
      if (stat === undefined) throw absent();
      return c.body(null, 200, blobHeaders(stat.size));
    }
    const body = await context.storage.open(key);
    if (body === undefined) throw absent();
    const { outgoing } = nodeOf(c);
    // A reader that stands still frees its socket; Node puts the keep-alive timeout back after the response.
    outgoing?.setTimeout(context.limits.idleTimeoutMs);
    const watch = {
      onChunk: (size: number) => context.metrics.proxyBytes.inc({ direction: 'out' }, size),
      onError: (error: unknown) =>
        context.logger.warn('a download broke off', errorFields(context.storage.failed('read', error))),
    };
    if (outgoing === undefined || body.reader === undefined || !('assignSocket' in outgoing)) {
      return c.body(toWebStream(body.chunks, watch), 200, blobHeaders(body.size));
    }
    const isLast = context.lifecycle.draining.aborted;
    outgoing.writeHead(200, { ...blobHeaders(body.size), ...(isLast && { connection: 'close' }) });
    await sendBody({ outgoing, reader: body.reader, size: body.size, slabs, ...watch });
    return RESPONSE_ALREADY_SENT;
  };
}

interface Permission {
  readonly key: string;
  readonly body?: { readonly size: number; readonly sha256: string };
}

function authorize(
  c: Context<GatewayEnv>,
  context: GatewayContext,
  signer: UrlSigner,
  method: 'GET' | 'PUT',
): Permission {
  const { pathname, searchParams } = new URL(c.req.url);
  const key = pathname.slice(ROUTES.proxyBlob.length + 1);
  const verdict = signer.verify(method, key, searchParams, context.now());
  if (verdict.status === 'expired') {
    throw new Refusal(403, 'URL_EXPIRED', 'the URL has expired', { hint: 'negotiate again' });
  }
  // Records are written by the gateway alone: no URL reaches them, however it was signed.
  if (verdict.status === 'invalid' || objectKindOf(key) !== 'blob') throw invalidUrl();
  return verdict.body === undefined ? { key } : { key, body: verdict.body };
}

function checkLength(c: Context<GatewayEnv>, size: number): void {
  const declared = c.req.header('content-length');
  if (declared === undefined || c.req.header('transfer-encoding') !== undefined) {
    throw new Refusal(411, 'LENGTH_REQUIRED', 'the upload needs a Content-Length');
  }
  if (declared !== String(size)) {
    throw new Refusal(400, 'INTEGRITY', `the URL is for ${size} bytes, Content-Length says ${declared.slice(0, 20)}`);
  }
}

async function create(
  context: GatewayContext,
  key: string,
  chunks: AsyncIterable<Uint8Array>,
  options: { readonly size: number; readonly sha256: string; readonly signal: AbortSignal },
): Promise<'created' | 'exists'> {
  try {
    return await context.storage.driver.create(key, chunks, options);
  } catch (error) {
    // What the client did is no failure of the store.
    if (options.signal.aborted) throw options.signal.reason;
    if (isVelocityError(error, 'INTEGRITY')) throw error;
    throw context.storage.failed('create', error);
  }
}

function blobHeaders(size: number): Record<string, string> {
  return {
    'content-length': String(size),
    'content-type': 'application/octet-stream',
    'cache-control': 'private, max-age=31536000, immutable',
  };
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {}

function invalidUrl(): Refusal {
  return new Refusal(403, 'URL_INVALID', 'the URL is not one of this gateway', { hint: 'use it byte for byte' });
}

function exists(): Refusal {
  return new Refusal(412, 'EXISTS', 'the blob is there already');
}

function absent(): Refusal {
  return new Refusal(404, 'NOT_FOUND', 'no such blob');
}
