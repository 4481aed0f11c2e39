import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isVelocityError } from '@velocity/core';
import { type StorageDriver, UrlSigner } from '@velocity/storage';

/** The part of a gateway that serves the URLs of a {@link UrlSigner}, as small as it gets. */
export interface BlobServer extends AsyncDisposable {
  readonly signer: UrlSigner;
  serve(driver: StorageDriver): void;
}

export async function startBlobServer(now: () => number): Promise<BlobServer> {
  let driver: StorageDriver | undefined;
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const signer = new UrlSigner({ baseUrl, secret: Buffer.alloc(32, 7) });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', baseUrl);
    const key = decodeURIComponent(url.pathname.replace('/v1/proxy/blob/', ''));
    const verdict = signer.verify(request.method ?? '', key, url.searchParams, now());
    if (verdict.status !== 'ok' || driver === undefined) return end(response, 403);
    if (verdict.body === undefined) return sendObject(driver, key, response);
    if (request.headers['content-length'] !== String(verdict.body.size)) return end(response, 400);
    try {
      const result = await driver.create(key, request, verdict.body);
      end(response, result === 'created' ? 201 : 412);
    } catch (error) {
      if (!isVelocityError(error, 'INTEGRITY')) throw error;
      end(response, 400);
    }
  }

  return {
    signer,
    serve: (served) => {
      driver = served;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function sendObject(driver: StorageDriver, key: string, response: ServerResponse): Promise<void> {
  const body = await driver.read(key);
  if (body === undefined) return end(response, 404);
  response.writeHead(200, { 'content-length': body.size });
  for await (const chunk of body.chunks) response.write(chunk);
  response.end();
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-length': 0, connection: 'close' }).end();
}
