import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { resetSocket } from './reset-socket.js';
import { pump, type StreamFault } from './stream-fault.js';

export interface FaultProxyOptions {
  /** `http://127.0.0.1:<port>` of what is behind the proxy. */
  readonly target: string;
}

export interface ProxyFaults {
  /** Nothing listens: new connections are refused. Those that stand are left alone. */
  readonly refuse?: boolean;
  /** From the client to the target. */
  readonly up?: StreamFault;
  /** From the target to the client. */
  readonly down?: StreamFault;
  /** After so many resets, truncations, stalls and flips the line is well again. Default: never. */
  readonly times?: number;
}

export interface ProxyCounters {
  /** Accepted so far. */
  readonly connections: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

/** A bad line between a client and a server, on the level of TCP. Without faults it only counts. */
export interface FaultProxy extends AsyncDisposable {
  /** What clients use instead of the target. */
  readonly url: string;
  readonly port: number;
  readonly counters: ProxyCounters;
  /** Replaces all faults, also on connections that stand already; resolves when they are in force. */
  setFaults(faults: ProxyFaults): Promise<void>;
  /** The line is well again. */
  clearFaults(): Promise<void>;
  /** Resets every connection that stands. */
  resetConnections(): void;
}

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const target = new URL(options.target);
  const counters = { connections: 0, bytesUp: 0, bytesDown: 0 };
  const sockets = new Set<Socket>();
  let faults: ProxyFaults = {};
  let struck = 0;

  const noteStrike = (): void => {
    struck += 1;
    if (faults.times !== undefined && struck >= faults.times) faults = {};
  };
  const accept = (client: Socket): void => {
    counters.connections += 1;
    const upstream = connect({ host: target.hostname, port: Number(target.port), allowHalfOpen: true, noDelay: true });
    for (const socket of [client, upstream]) track(socket, sockets);
    const onStruck = noteStrike;
    const up = { fault: () => faults.up ?? {}, onBytes: (n: number) => void (counters.bytesUp += n), onStruck };
    const down = { fault: () => faults.down ?? {}, onBytes: (n: number) => void (counters.bytesDown += n), onStruck };
    void pump({ from: client, to: upstream }, up);
    void pump({ from: upstream, to: client }, down);
  };
  const resetConnections = (): void => {
    for (const socket of sockets) resetSocket(socket);
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept);
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  const setFaults = async (next: ProxyFaults): Promise<void> => {
    faults = next;
    struck = 0;
    if (next.refuse === true && server.listening) server.close();
    if (next.refuse !== true && !server.listening) await listen(server, port);
  };
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    counters,
    setFaults,
    clearFaults: () => setFaults({}),
    resetConnections,
    [Symbol.asyncDispose]: async () => {
      resetConnections();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

function track(socket: Socket, sockets: Set<Socket>): void {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  // The pump sees the same failure and passes it on.
  socket.on('error', () => undefined);
}
