import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { HttpBindings } from '@hono/node-server';
import { isErrno, VelocityError } from '@velocity/core';

export interface HttpServerOptions {
  readonly bind: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly maxConnections: number;
  /** A request's headers have arrived by then. */
  readonly headersTimeoutMs?: number;
  readonly handle: (request: Request, bindings: HttpBindings) => Response | Promise<Response>;
}

const HEADERS_TIMEOUT_MS = 10_000;
/** Longer than the 60 s after which common load balancers drop an idle connection: the side that closes first must be theirs. */
const KEEP_ALIVE_MS = 65_000;
const MAX_HEADER_BYTES = 16 * 1024;

/** A listening server. */
export class HttpServer {
  readonly port: number;
  readonly #server: Server;

  static async listen(options: HttpServerOptions): Promise<HttpServer> {
    const headersTimeout = options.headersTimeoutMs ?? HEADERS_TIMEOUT_MS;
    const server = createServer({
      headersTimeout,
      // Bodies have deadlines of their own, by route: a large blob on a slow line takes longer than any one number allows.
      requestTimeout: 0,
      connectionsCheckingInterval: Math.min(2000, headersTimeout),
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      noDelay: true,
    });
    server.maxConnections = options.maxConnections;
    const listener = getRequestListener((request, bindings) => options.handle(request, bindings as HttpBindings));
    const onRequest = (request: IncomingMessage, response: ServerResponse): void => void listener(request, response);
    server.on('request', onRequest);
    // Node would say "100 Continue" by itself, and the body would be under way before anyone has looked at the request.
    server.on('checkContinue', onRequest);
    await listening(server, options);
    return new HttpServer(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    const address = server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Takes no new connection; resolves when every request under way has been answered. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
    });
  }

  /** Cuts what is still connected. */
  destroy(): void {
    this.#server.closeAllConnections();
  }
}

function listening(server: Server, { bind, port }: HttpServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, bind, port)));
    server.listen(port, bind, () => resolve());
  });
}

function explain(error: unknown, bind: string, port: number): unknown {
  const where = `${bind}:${port}`;
  if (isErrno(error, 'EADDRINUSE')) {
    return new VelocityError('USAGE', `${where} is in use`, {
      hint: 'stop the other server, or choose another VC_PORT',
      cause: error,
    });
  }
  if (isErrno(error, 'EACCES')) {
    return new VelocityError('USAGE', `no permission to listen on ${where}`, {
      hint: 'ports below 1024 need privileges',
      cause: error,
    });
  }
  if (isErrno(error, 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN')) {
    return new VelocityError('USAGE', `${bind} is no address of this machine`, { hint: 'see VC_BIND', cause: error });
  }
  return error;
}
