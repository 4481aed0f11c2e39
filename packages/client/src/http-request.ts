import { request as requestHttp, type Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { request as requestHttps, type Agent as HttpsAgent } from 'node:https';
import { errorMessage, isErrno, VelocityError } from '@velocity/core';

/** Connections that are kept open between requests; destroy both when done. */
export interface HttpAgents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

export interface HttpTimeouts {
  /** Until the connection stands. */
  readonly connectMs: number;
  /** Without a byte in either direction. */
  readonly idleMs: number;
  /** From start to end of the body. */
  readonly totalMs: number;
}

export interface HttpBody {
  readonly size: number;
  open(): Promise<AsyncIterable<Uint8Array>>;
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

/**
 * One request. Redirects are answers, never followed: a ticket is for one URL. The length of a body is always declared, since
 * S3 refuses chunked bodies.
 *
 * @throws VelocityError `TIMEOUT`, `CANCELLED`, or `GATEWAY_UNAVAILABLE` when no answer came
 */
export async function httpRequest(options: HttpRequest): Promise<HttpResponse> {
  const deadline = new Deadline(options);
  try {
    const response = await send(options, deadline);
    return { status: response.statusCode ?? 0, headers: response.headers, body: readBody(response, options, deadline) };
  } catch (error) {
    deadline.clear();
    throw describeFailure(error, options, deadline);
  }
}

/** The whole body as bytes. @throws VelocityError `PROTOCOL` when it is longer than `maxBytes` */
export async function readAll(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new VelocityError('PROTOCOL', `the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(options: HttpRequest, deadline: Deadline): Promise<IncomingMessage> {
  const { method, url, body, agents, timeouts } = options;
  const target = new URL(url);
  const isSecure = target.protocol === 'https:';
  const size = body === undefined ? undefined : body instanceof Uint8Array ? body.byteLength : body.size;
  const headers = { ...options.headers, ...(size !== undefined && { 'content-length': String(size) }) };
  return new Promise((resolve, reject) => {
    const start = isSecure ? requestHttps : requestHttp;
    const request = start(target, {
      method,
      headers,
      agent: isSecure ? agents.https : agents.http,
      signal: deadline.signal,
    });
    request.once('response', (response) => {
      response.on('error', () => undefined);
      resolve(response);
    });
    request.once('error', reject);
    request.once('socket', (socket) => {
      if (!socket.connecting) return;
      const timer = setTimeout(() => deadline.expire('connect'), timeouts.connectMs);
      const stop = (): void => clearTimeout(timer);
      socket.once(isSecure ? 'secureConnect' : 'connect', stop);
      socket.once('close', stop);
    });
    request.setTimeout(timeouts.idleMs, () => deadline.expire('idle'));
    writeBody(request, body).catch((error: unknown) => {
      request.destroy();
      reject(error);
    });
  });
}

async function writeBody(
  request: ReturnType<typeof requestHttp>,
  body: Uint8Array | HttpBody | undefined,
): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) {
    request.end(body);
    return;
  }
  for await (const chunk of await body.open()) {
    // A server may answer before it has read everything; what is left need not be sent.
    if (request.destroyed || request.writableEnded) return;
    if (!request.write(chunk)) await drained(request);
  }
  request.end();
}

function drained(request: ReturnType<typeof requestHttp>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      request.off('drain', done);
      request.off('close', done);
      resolve();
    };
    request.once('drain', done);
    request.once('close', done);
  });
}

async function* readBody(
  response: IncomingMessage,
  options: HttpRequest,
  deadline: Deadline,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) yield chunk as Uint8Array;
  } catch (error) {
    throw describeFailure(error, options, deadline);
  } finally {
    deadline.clear();
    if (!response.complete) response.destroy();
  }
}

/** Joins the caller's signal with the time limits, and remembers which of them struck. */
class Deadline {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;
  expired: 'connect' | 'idle' | 'total' | undefined;

  constructor(options: HttpRequest) {
    this.#outer = options.signal;
    this.#timer = setTimeout(() => this.expire('total'), options.timeouts.totalMs);
    if (this.#outer?.aborted === true) this.#controller.abort();
    else this.#outer?.addEventListener('abort', this.#abort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isCancelled(): boolean {
    return this.#outer?.aborted === true;
  }

  expire(limit: 'connect' | 'idle' | 'total'): void {
    this.expired ??= limit;
    this.#controller.abort();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#abort);
  }

  readonly #abort = (): void => this.#controller.abort();
}

const LIMIT_TEXT = { connect: 'connecting took', idle: 'nothing moved for', total: 'not done after' } as const;
const LIMIT_FIELD = { connect: 'connectMs', idle: 'idleMs', total: 'totalMs' } as const;

/** Names the origin only: the rest of a URL may be a permission. */
function describeFailure(error: unknown, options: HttpRequest, deadline: Deadline): VelocityError {
  const { origin } = new URL(options.url);
  if (deadline.isCancelled)
    return new VelocityError('CANCELLED', `${options.method} ${origin}: cancelled`, { cause: error });
  if (deadline.expired !== undefined) {
    const seconds = options.timeouts[LIMIT_FIELD[deadline.expired]] / 1000;
    return new VelocityError('TIMEOUT', `${origin}: ${LIMIT_TEXT[deadline.expired]} ${seconds} s`, { cause: error });
  }
  if (typeof error === 'object' && error !== null && 'name' in error && error.name === 'VelocityError')
    return error as VelocityError;
  const hint = isErrno(error, 'ECONNREFUSED') ? 'is it running, and is the address right?' : undefined;
  const reason = isErrno(error, 'ECONNREFUSED', 'ENOTFOUND', 'ECONNRESET', 'EPIPE') ? error.code : errorMessage(error);
  return new VelocityError('GATEWAY_UNAVAILABLE', `${origin}: ${reason}`, { hint, cause: error });
}
