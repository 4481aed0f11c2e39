import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  CircuitBreaker,
  GatewayClient,
  RemoteStore,
  type GatewayClientOptions,
  type HttpTimeouts,
  type RemoteStoreOptions,
} from '@velocity/client';

export const NOW_MS = Date.UTC(2026, 0, 1);
export const TOKEN = 'token-of-main-branch';

const PATIENT: HttpTimeouts = { connectMs: 5000, idleMs: 10_000, totalMs: 20_000 };

export interface ClientRig extends Disposable {
  readonly gateway: GatewayClient;
  readonly store: RemoteStore;
  readonly breaker: CircuitBreaker;
  /** What was waited for between attempts, in milliseconds; the waiting itself takes no time. */
  readonly sleeps: number[];
  /** What made the breaker open. */
  readonly opened: unknown[];
  readonly moved: { down: number; up: number };
  /** Connections in use and requests that wait for one, a moment later: none when everything is over. */
  readonly busy: () => Promise<number>;
}

export interface ClientRigOptions {
  readonly url: string;
  readonly timeouts?: Partial<HttpTimeouts>;
  readonly maxSockets?: number;
  readonly threshold?: number;
  readonly client?: Partial<GatewayClientOptions>;
  readonly store?: Partial<RemoteStoreOptions>;
}

/** A client with a clock, a randomness and a sleep of its own. */
export function clientRig(options: ClientRigOptions): ClientRig {
  const { url, maxSockets = 16, threshold = 3 } = options;
  const agents = {
    http: new HttpAgent({ keepAlive: true, maxSockets }),
    https: new HttpsAgent({ keepAlive: true, maxSockets }),
  };
  const timeouts = { ...PATIENT, ...options.timeouts };
  const sleeps: number[] = [];
  const opened: unknown[] = [];
  const moved = { down: 0, up: 0 };
  const sleep = async (ms: number): Promise<void> => void sleeps.push(ms);
  const retry = { attempts: 3, baseDelayMs: 100, maxDelayMs: 2000, random: () => 0.5, sleep };
  const now = (): number => NOW_MS;
  const common = { agents, timeouts, retry, now };
  const gateway = new GatewayClient({ url, token: TOKEN, userAgent: 'velocity/test', ...common, ...options.client });
  const breaker = new CircuitBreaker({ threshold, onOpen: (failure) => opened.push(failure) });
  const store = new RemoteStore({
    gateway,
    breaker,
    maxArtifactBytes: 1024 ** 3,
    onBytes: (direction, bytes) => void (moved[direction] += bytes),
    ...common,
    ...options.store,
  });
  return {
    gateway,
    store,
    breaker,
    sleeps,
    opened,
    moved,
    busy: async () => {
      const inUse = (): number =>
        [agents.http.sockets, agents.http.requests].flatMap((lists) => Object.values(lists).flat()).length;
      // A socket that was destroyed is closed a few turns of the event loop later.
      for (let turn = 0; turn < 100 && inUse() > 0; turn++) await new Promise((resolve) => setImmediate(resolve));
      return inUse();
    },
    [Symbol.dispose]: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}
