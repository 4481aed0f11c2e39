import { request as requestHttp, type Agent as HttpAgent, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps, type Agent as HttpsAgent } from 'node:https';
import { VelocityError } from '@velocity/core';
import { Deadline, type HttpTimeouts } from './deadline.js';
import { describeFailure } from './describe-failure.js';
import { askFirst, BodyError, sendBody, type HttpBody } from './send-body.js';

/** Connections that are kept open between requests; destroy both when done. */
export interface HttpAgents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | HttpBody;
  readonly agents: HttpAgents;
  readonly timeouts: HttpTimeouts;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Must be read to its end or abandoned by leaving the loop, which closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
}

interface Exchange {
  readonly request: ClientRequest;
  readonly response: IncomingMessage;
}

/**
 * One request. Redirects are answers, never followed: a ticket is for one URL. The length of a body is always declared, since
 * S3 refuses chunked bodies. An answer that comes before the body is sent ends the sending.
 *
 * @throws VelocityError `TIMEOUT`, `CANCELLED`, `GATEWAY_UNAVAILABLE` when no answer came, `PROTOCOL` for a URL that is none
 * @throws BodyError when the body's source failed
 */
export async function httpRequest(options: HttpRequest): Promise<HttpResponse> {
  const url = parseHttpUrl(options.url);
  const deadline = new Deadline(options.timeouts, options.signal);
  try {
    options.signal?.throwIfAborted();
    const exchange = await send(options, url, deadline);
    const { statusCode: status = 0, headers } = exchange.response;
    return { status, headers, body: readBody(exchange, url, deadline) };
  } catch (error) {
    deadline.clear();
    if (error instanceof BodyError && !deadline.isCancelled) throw error;
    throw describeFailure(error, { url, deadline });
  }
}

/** A header that comes once. */
export function headerOf(response: HttpResponse, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function parseHttpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new VelocityError('PROTOCOL', 'a URL to send a request to is neither http nor https');
}

function send(options: HttpRequest, url: URL, deadline: Deadline): Promise<Exchange> {
  const { method, body, agents } = options;
  const isSecure = url.protocol === 'https:';
  const headers = { ...options.headers, ...bodyHeaders(body) };
  return new Promise((resolve, reject) => {
    const start = isSecure ? requestHttps : requestHttp;
    const request = start(url, { method, headers, agent: isSecure ? agents.https : agents.http });
    // Rejects by itself: a request that still waits for a socket tells nobody that it was destroyed.
    deadline.start(() => {
      reject(new Error('aborted'));
      request.destroy();
    });
    // Stays: an error may follow the answer.
    request.on('error', reject);
    // An answer of 101 that nobody asked for ends without an error.
    request.once('close', () => reject(new Error('the connection was closed without an answer')));
    request.once('socket', (socket) => deadline.watch(request, socket, isSecure ? 'secureConnect' : 'connect'));
    request.once('response', (response) => {
      response.on('error', ignore);
      resolve({ request, response });
    });
    if (body === undefined || body instanceof Uint8Array) request.end(body);
    else {
      sendBody(request, body, deadline).catch((error: unknown) => {
        reject(error);
        request.destroy();
      });
    }
  });
}

function bodyHeaders(body: Uint8Array | HttpBody | undefined): Readonly<Record<string, string>> {
  if (body === undefined) return {};
  if (body instanceof Uint8Array) return { 'content-length': String(body.byteLength) };
  return { 'content-length': String(body.size), ...askFirst(body) };
}

async function* readBody({ request, response }: Exchange, url: URL, deadline: Deadline): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) {
      deadline.isOurTurn = true;
      yield chunk as Uint8Array;
      deadline.isOurTurn = false;
    }
  } catch (error) {
    throw describeFailure(error, { url, deadline });
  } finally {
    deadline.clear();
    // Also after an answer that came early: what is left of our body must not precede the next request. And when such a server closes,
    // Node 20 emits the write error on a socket that no request listens to any more, which ends the process.
    if (!response.complete || !request.writableFinished) request.destroy();
  }
}

function ignore(): void {}
