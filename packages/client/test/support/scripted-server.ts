import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenOnFreePort } from '@velocity/testing';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Complete; undefined when it broke off or was not waited for. */
  body?: Buffer;
}

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
}

export type Answer = (
  seen: SeenRequest,
  exchange: { readonly request: IncomingMessage; readonly response: ServerResponse; readonly count: number },
) => unknown;

/** A server that does what the test says, after it has read the request's body. `count` starts at 1. */
export function startScripted(answer: Answer): Promise<ScriptedServer> {
  return start(async (seen, exchange) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of exchange.request) chunks.push(chunk as Buffer);
    } catch {
      // It broke off: there is nobody to answer.
      return;
    }
    seen.body = Buffer.concat(chunks);
    answer(seen, exchange);
  });
}

/** The same, before anything of the body was read; a client that asks first gets its go-ahead from the test. */
export function startHasty(answer: Answer): Promise<ScriptedServer> {
  return start(answer, 'checkContinue');
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

async function start(handle: Answer, ...events: readonly 'checkContinue'[]): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const one: SeenRequest = { method: request.method ?? '', path: request.url ?? '', headers: request.headers };
    seen.push(one);
    request.on('error', () => undefined);
    void handle(one, { request, response, count: seen.length });
  };
  const server = createServer(onRequest);
  for (const event of events) server.on(event, onRequest);
  const listening = await listenOnFreePort(server);
  return { url: listening.url, seen, [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose]() };
}
