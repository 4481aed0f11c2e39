import type { IncomingMessage, ServerResponse } from 'node:http';

import { resetSocket } from '../network/reset-socket.js';
import type { StoreState } from './store-state.js';
import type { RecordedRequest } from './traffic.js';
import type { VerifiedRequest } from './verify-signature.js';
import type { WireRequest } from './wire-request.js';

/** One request on its way through the store. */
export interface Exchange {
  readonly state: StoreState;
  readonly wire: WireRequest;
  readonly bucket: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly recorded: RecordedRequest;
  readonly expectsContinue: boolean;
}

export interface VerifiedExchange extends Exchange {
  readonly verified: VerifiedRequest;
}

export interface ObjectExchange extends VerifiedExchange {
  readonly key: string;
}

export function sendText(exchange: Exchange, status: number, body: string): void {
  send(exchange, status, { 'content-type': 'application/xml' }, body);
}

/** Answers with a small body, or none. A HEAD gets the headers only. */
export function send(
  { response, recorded, state, wire }: Exchange,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): void {
  recorded.status = status;
  const bytes = wire.method === 'HEAD' ? Buffer.alloc(0) : Buffer.from(body);
  const length = status === 204 ? {} : { 'content-length': String(bytes.length) };
  // 204 has no length; for a HEAD the handler names the length of what GET would send.
  response.writeHead(status, { ...length, ...headers });
  state.traffic.bytesOut += bytes.length;
  response.end(bytes);
}

export function resetConnection({ response }: Exchange): void {
  if (response.socket !== null) resetSocket(response.socket);
}
