import { setTimeout as delay } from 'node:timers/promises';
import type { VelocityError } from '@velocity/core';
import type { StorageDriver } from '@velocity/storage';
import { createApp } from './app.js';
import { defaultBaseUrl, isWildcard } from './base-url.js';
import type { GatewayConfig } from './config/config.js';
import type { GatewayContext } from './context.js';
import { createContext } from './create-context.js';
import { createDriver } from './create-driver.js';
import { probeAtStart } from './first-probe.js';
import { HttpServer } from './http-server.js';
import { deriveKeys } from './keys.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';
import { principalOf, PrincipalRegistry } from './principals.js';
import type { TokenGrant } from './principals.js';
import { errorBody, Refusal } from './refusal.js';
import { Sweeper } from './sweeper.js';

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly grants: readonly TokenGrant[];
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly newId: () => string;
  /** Cuts the start short. */
  readonly signal: AbortSignal;
  /** Called when the gateway finds that it must not go on. */
  readonly onFatal: (error: VelocityError) => void;
  /** Default: 25 s to finish what is under way, then 4 s to refuse what is left. */
  readonly stopTimes?: StopTimes;
}

export interface StopTimes {
  readonly finishMs: number;
  readonly refuseMs: number;
}

const STOP_TIMES: StopTimes = { finishMs: 25_000, refuseMs: 4000 };
const DISPOSE_MS = 1000;

/** A listening gateway with all that belongs to it. */
export class Gateway {
  readonly url: string;
  readonly context: GatewayContext;
  readonly #server: HttpServer;
  readonly #driver: StorageDriver;
  readonly #draining: AbortController;
  readonly #stopping: AbortController;
  readonly #sweeper: Sweeper;
  readonly #stopTimes: StopTimes;

  /** @throws VelocityError `USAGE` for an address that cannot be had, `STORAGE_UNAVAILABLE` or `CONFIG_INVALID` for a store that cannot be used */
  static async start(options: GatewayOptions): Promise<Gateway> {
    const { config, logger, metrics, now, random } = options;
    const draining = new AbortController();
    const stopping = new AbortController();
    // The local driver's URLs carry the port, which is known only once the server listens: until then it answers "starting".
    let fetch = (request: Request, _bindings: object): Response | Promise<Response> => starting(request);
    const { bind, port, maxConnections } = config;
    const server = await HttpServer.listen({ bind, port, maxConnections, handle: (...args) => fetch(...args) });
    let driver: StorageDriver | undefined;
    try {
      const url = config.baseUrl ?? defaultBaseUrl(bind, server.port);
      const keys = deriveKeys(config.keySource?.bytes ?? options.randomBytes(32));
      const urls = { baseUrl: url, key: keys.blobUrl };
      const opened = await createDriver(config.storage, { urls, now, random, randomBytes: options.randomBytes });
      driver = opened.driver;
      const context = createContext({
        ...opened,
        principals: createPrincipals(options),
        keys,
        limits: { maxArtifactSize: config.maxArtifactSize },
        metrics,
        logger,
        now,
        newId: options.newId,
        lifecycle: { draining: draining.signal, stopping: stopping.signal },
      });
      const app = createApp(context);
      fetch = (request, bindings) => app.fetch(request, bindings);
      const signal = AbortSignal.any([options.signal, draining.signal]);
      await probeAtStart(context, { signal, onFatal: options.onFatal });
      const sweeper = Sweeper.start({ context, retention: config.retention, signal: draining.signal });
      warnOfDoubts(options, url);
      return new Gateway({
        url,
        context,
        server,
        driver,
        draining,
        stopping,
        sweeper,
        stopTimes: options.stopTimes ?? STOP_TIMES,
      });
    } catch (error) {
      draining.abort();
      server.destroy();
      await server.close();
      await driver?.[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(parts: {
    readonly url: string;
    readonly context: GatewayContext;
    readonly server: HttpServer;
    readonly driver: StorageDriver;
    readonly draining: AbortController;
    readonly stopping: AbortController;
    readonly sweeper: Sweeper;
    readonly stopTimes: StopTimes;
  }) {
    this.url = parts.url;
    this.context = parts.context;
    this.#server = parts.server;
    this.#driver = parts.driver;
    this.#draining = parts.draining;
    this.#stopping = parts.stopping;
    this.#sweeper = parts.sweeper;
    this.#stopTimes = parts.stopTimes;
  }

  /** Finishes what is under way, refuses what takes longer than 25 s, and is done after 30 s at most. `hurry` cuts that short. */
  async stop(hurry: AbortSignal): Promise<void> {
    this.#draining.abort();
    const closed = this.#server.close();
    await within(closed, this.#stopTimes.finishMs, hurry);
    this.#stopping.abort();
    await within(closed, this.#stopTimes.refuseMs, hurry);
    this.#server.destroy();
    await within(Promise.all([closed, this.context.usage.idle(), this.#sweeper.idle()]), DISPOSE_MS, hurry);
    await this.#driver[Symbol.asyncDispose]();
  }
}

/** Without any token, everyone who gets through to this address may write: it is a loopback address then. */
function createPrincipals({ config, grants }: GatewayOptions): PrincipalRegistry {
  const isOpen = grants.length === 0 && config.tokensFile === undefined;
  const { namespace } = config;
  const anonymous = principalOf({ name: 'anonymous', role: 'trusted-writer', namespace, scope: undefined });
  return new PrincipalRegistry(grants, isOpen ? anonymous : undefined);
}

function warnOfDoubts({ config, grants, logger }: GatewayOptions, url: string): void {
  if (grants.length === 0 && config.tokensFile === undefined) {
    logger.warn('no token is set: everyone on this machine may read and write');
  }
  if (config.keySource === undefined) {
    logger.warn(
      'the ticket key is random: tickets and local URLs end with this process, and replicas do not share them',
      {
        hint: 'set VC_TICKET_KEY',
      },
    );
  }
  if (config.storage.driver === 'local' && config.baseUrl === undefined && isWildcard(config.bind)) {
    logger.warn(`clients on other machines are sent to ${url}`, { hint: 'set VC_BASE_URL to what they can reach' });
  }
}

function starting(_request: Request): Response {
  const refusal = new Refusal(503, 'STARTING', 'the gateway is starting', { retryable: true });
  return Response.json(errorBody(refusal), { status: 503, headers: { 'retry-after': '1' } });
}

/** Waits for `work`, but no longer than this, and not at all in a hurry. */
async function within(work: Promise<unknown>, timeoutMs: number, hurry: AbortSignal): Promise<void> {
  const timer = new AbortController();
  const signal = AbortSignal.any([hurry, timer.signal]);
  const expiry = delay(timeoutMs, undefined, { signal }).catch(() => undefined);
  await Promise.race([work, expiry]);
  timer.abort();
}
