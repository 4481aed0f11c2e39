import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { CircuitBreaker, GatewayClient, RemoteStore, type HttpAgents } from '@velocity/client';
import type { AgentContext } from '../agent-context.js';
import { openLocal, type LocalFallback, type OpenLocal } from './open-local.js';
import type { StoreSettings } from './store-settings.js';

export interface OpenStores extends OpenLocal {
  readonly gateway: GatewayClient | undefined;
  readonly remote: RemoteStore | undefined;
  /** Bytes moved so far. */
  readonly moved: { down: number; up: number };
}

const CONNECT_TIMEOUT_MS = 3000;
const TRANSFER_IDLE_TIMEOUT_MS = 30_000;
const TRANSFER_TOTAL_TIMEOUT_MS = 15 * 60_000;
const FAILURES_BEFORE_OFF = 3;
const MAX_SOCKETS = 16;

export interface OpenStoresOptions {
  /** Told once, when the remote is given up. */
  readonly onRemoteOff?: (failure: unknown) => void;
  /** Without it a local store that cannot be opened is an error. */
  readonly fallback?: LocalFallback;
}

/** Opens the local store and, where one is configured, the gateway. Makes no request. */
export async function openStores(
  settings: StoreSettings,
  context: AgentContext,
  options: OpenStoresOptions = {},
): Promise<OpenStores> {
  const { onRemoteOff = () => undefined, fallback } = options;
  const local = await openLocal(settings, context, fallback);
  const moved = { down: 0, up: 0 };
  const agents = {
    http: new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
    https: new HttpsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
  };
  const connected =
    settings.remote === undefined ? undefined : connect(settings.remote, { context, agents, moved, onRemoteOff });
  return {
    ...local,
    gateway: connected?.gateway,
    remote: connected?.remote,
    moved,
    async [Symbol.asyncDispose]() {
      agents.http.destroy();
      agents.https.destroy();
      await local[Symbol.asyncDispose]();
    },
  };
}

function connect(
  settings: NonNullable<StoreSettings['remote']>,
  options: {
    readonly context: AgentContext;
    readonly agents: HttpAgents;
    readonly moved: { down: number; up: number };
    readonly onRemoteOff: (failure: unknown) => void;
  },
): { gateway: GatewayClient; remote: RemoteStore } {
  const { context, agents, moved, onRemoteOff } = options;
  const { timeoutMs } = settings;
  const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    await delay(ms, undefined, { ...(signal !== undefined && { signal }), ref: true }).catch(() => undefined);
  };
  const retry = { attempts: 3, baseDelayMs: 100, maxDelayMs: 2000, random: context.random, sleep };
  const connectMs = Math.min(CONNECT_TIMEOUT_MS, timeoutMs);
  const gateway = new GatewayClient({
    url: settings.url,
    token: settings.token,
    agents,
    timeouts: { connectMs, idleMs: timeoutMs, totalMs: timeoutMs * 3 },
    // Somebody waits for the answer: a gateway that is silent for as long as `remote.timeout` is not asked again.
    retry: { ...retry, isTimeoutRetried: false },
    userAgent: `velocity/${context.version}`,
    now: context.now,
  });
  const breaker = new CircuitBreaker({ threshold: FAILURES_BEFORE_OFF, onOpen: onRemoteOff });
  const remote = new RemoteStore({
    gateway,
    breaker,
    agents,
    timeouts: { connectMs, idleMs: Math.max(timeoutMs, TRANSFER_IDLE_TIMEOUT_MS), totalMs: TRANSFER_TOTAL_TIMEOUT_MS },
    retry,
    now: context.now,
    maxArtifactBytes: settings.maxArtifactSizeBytes,
    onBytes: (direction, bytes) => {
      moved[direction] += bytes;
    },
  });
  return { gateway, remote };
}
