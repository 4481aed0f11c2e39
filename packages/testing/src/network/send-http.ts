import { request as startRequest, type IncomingHttpHeaders } from 'node:http';

export interface HttpRequest {
  readonly method?: string;
  /** Sent as they are; nothing is added but Host, Connection and, for a body, Content-Length. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Default 30,000. */
  readonly timeoutMs?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * One request on a connection of its own, with full control of the wire: no redirects, no retries, no default headers, lengths
 * that lie if told so. An iterable body without a Content-Length goes out chunked. Rejects when the connection breaks, also
 * half-way through the answer.
 */
export async function sendHttp(url: string, request: HttpRequest = {}): Promise<HttpAnswer> {
  const { method = 'GET', headers = {}, body } = request;
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  const whole = typeof body === 'string' || body instanceof Uint8Array;
  const length: Record<string, string> =
    whole && !names.includes('content-length') ? { 'content-length': String(Buffer.byteLength(body)) } : {};
  return new Promise<HttpAnswer>((resolve, reject) => {
    const { hostname, port, origin } = new URL(url);
    const outgoing = startRequest({
      hostname,
      port,
      // As it is written: `URL` would resolve dot segments, which may be part of a key.
      path: url.slice(origin.length),
      method,
      headers: { ...headers, ...length },
      agent: false,
      signal: AbortSignal.timeout(request.timeoutMs ?? 30_000),
    });
    outgoing.on('error', reject);
    outgoing.on('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) });
      });
    });
    if (body === undefined || whole) outgoing.end(body);
    else {
      void writeAll(outgoing, body).catch((error: unknown) => {
        outgoing.destroy(error as Error);
      });
    }
  });
}

async function writeAll(outgoing: NodeJS.WritableStream, body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of body) {
    if (!outgoing.write(chunk)) await new Promise((resolve) => outgoing.once('drain', resolve));
  }
  outgoing.end();
}
