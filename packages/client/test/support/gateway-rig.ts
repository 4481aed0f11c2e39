import { digestOf, type Digest } from '@velocity/core';
import { blobObjectKey, MemoryDriver, UrlSigner, type StorageDriver } from '@velocity/storage';
import { startFaultProxy, type FaultProxy } from '@velocity/testing';
import { createApp } from '../../../../apps/gateway/src/app.js';
import { createContext } from '../../../../apps/gateway/src/create-context.js';
import { HttpServer } from '../../../../apps/gateway/src/http-server.js';
import { deriveKeys } from '../../../../apps/gateway/src/keys.js';
import { createLogger } from '../../../../apps/gateway/src/logger.js';
import { createMetrics } from '../../../../apps/gateway/src/metrics.js';
import { PrincipalRegistry, type TokenGrant } from '../../../../apps/gateway/src/principals.js';
import { NOW_MS, TOKEN } from './client-rig.js';

export const READER_TOKEN = 'token-of-a-reader';
export const NAMESPACE = 'default';

/** Looks at a request before the gateway does; what it returns is the answer instead of the gateway's. */
type Intercept = (request: Request) => Response | undefined | void | Promise<Response | undefined | void>;

/** The real gateway over a store in memory, listening on loopback. */
export interface GatewayRig extends AsyncDisposable {
  readonly url: string;
  readonly driver: StorageDriver;
  readonly clock: { ms: number };
  /** `POST /v1/negotiate`, one for each request, without queries. */
  readonly requests: string[];
  /** Every `Authorization` that came with a blob. */
  readonly blobTokens: string[];
  /** The line that blobs travel on; negotiations have another. */
  readonly line: FaultProxy;
  intercept: Intercept | undefined;
}

export async function startGateway(): Promise<GatewayRig> {
  const clock = { ms: NOW_MS };
  const now = (): number => clock.ms;
  const requests: string[] = [];
  const blobTokens: string[] = [];
  let fetch = async (_request: Request, _bindings: object): Promise<Response> => new Response(null, { status: 503 });
  const server = await HttpServer.listen({
    bind: '127.0.0.1',
    port: 0,
    maxConnections: 1000,
    handle: (request, bindings) => fetch(request, bindings),
  });
  const url = `http://127.0.0.1:${server.port}`;
  const line = await startFaultProxy({ target: url });
  const keys = deriveKeys(Buffer.from('a key'));
  const urlSigner = new UrlSigner({ baseUrl: line.url, secret: keys.blobUrl });
  const driver = await MemoryDriver.open({ now, signer: urlSigner });
  const stop = new AbortController();
  let ids = 0;
  const context = createContext({
    driver,
    urlSigner,
    probe: async () => ({ driver, trust: { level: 'full', bindsBody: false, notes: [] } }),
    principals: new PrincipalRegistry([grant('trusted-writer', TOKEN), grant('reader', READER_TOKEN)]),
    keys,
    metrics: createMetrics(),
    logger: createLogger({ level: 'error', write: () => undefined, now }),
    now,
    newId: () => `id-${++ids}`,
    lifecycle: { draining: stop.signal, stopping: stop.signal },
  });
  await context.health.probe(stop.signal);
  const app = createApp(context);
  const rig: GatewayRig = {
    url,
    driver,
    clock,
    requests,
    blobTokens,
    line,
    intercept: undefined,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await line[Symbol.asyncDispose]();
      const closed = server.close();
      server.destroy();
      await closed;
      await driver[Symbol.asyncDispose]();
    },
  };
  fetch = async (request, bindings) => {
    const { pathname } = new URL(request.url);
    const isBlob = pathname.startsWith('/v1/proxy/blob/');
    requests.push(`${request.method} ${isBlob ? 'blob' : pathname}`);
    const token = request.headers.get('authorization');
    if (isBlob && token !== null) blobTokens.push(token);
    return (await rig.intercept?.(request)) ?? app.fetch(request, bindings);
  };
  return rig;
}

export function blobKey(digest: Digest): string {
  return blobObjectKey(NAMESPACE, 'trusted', digest);
}

/** How often something was asked for. */
export function count(rig: GatewayRig, request: string): number {
  return rig.requests.filter((one) => one === request).length;
}

function grant(role: 'trusted-writer' | 'reader', token: string): TokenGrant {
  return {
    name: role,
    role,
    namespace: NAMESPACE,
    scope: undefined,
    sha256: digestOf(token),
    notAfterMs: undefined,
    source: 'a test',
  };
}
