import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { SignedRequest } from './driver.js';

export interface SignedAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

export interface SendOptions {
  /** Sent exactly like this; for PUT the signed request's headers must say its length. */
  readonly body?: Uint8Array;
  /** Ends the request after this many bytes of the body, as a client that dies. */
  readonly dieAfter?: number;
  readonly signal: AbortSignal;
}

/**
 * Sends a signed request as a client would: its URL and headers verbatim, on a connection of its own, redirects not followed. `fetch`
 * will not do: it writes Content-Length itself.
 */
export function sendSigned(signed: Omit<SignedRequest, 'expiresAtMs'>, options: SendOptions): Promise<SignedAnswer> {
  const url = new URL(signed.url);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method: signed.method, headers: { ...signed.headers }, agent: false, signal: options.signal },
      (incoming) => {
        const chunks: Uint8Array[] = [];
        incoming.on('data', (chunk: Uint8Array) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks) }));
      },
    );
    outgoing.on('error', reject);
    if (options.dieAfter === undefined) outgoing.end(options.body);
    else outgoing.write(options.body?.subarray(0, options.dieAfter) ?? '', () => outgoing.destroy());
  });
}
