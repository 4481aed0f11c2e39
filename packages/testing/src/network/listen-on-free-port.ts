import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

export interface Listening extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
}

/** Starts `server` (of node:net or node:http) on a free loopback port; disposing cuts its connections and closes it. */
export async function listenOnFreePort(server: Server): Promise<Listening> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => closeServer(server),
  };
}

/** Different ports that were free a moment ago, for programs that cannot choose their own. Callers retry when one is taken after all. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const listening = await Promise.all(servers.map((server) => listenOnFreePort(server)));
  await Promise.all(listening.map((one) => one[Symbol.asyncDispose]()));
  return listening.map((one) => one.port);
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    // The only error is "not running", which is what is wanted.
    server.close(() => resolve());
  });
  if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function') server.closeAllConnections();
  await closed;
}
