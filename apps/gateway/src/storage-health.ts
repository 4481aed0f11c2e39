import { setTimeout as delay } from 'node:timers/promises';
import { errorMessage } from '@velocity/core';
import type { StorageDriver } from '@velocity/storage';
import type { Logger } from './logger.js';
import { errorFields } from './logger.js';
import type { Metrics } from './metrics.js';
import type { ObservedStorage } from './observed-storage.js';
import { SingleFlight } from './single-flight.js';

/** What was found out about a store, and what it means for how it is used. */
export interface StorageTrust {
  /** `full`: the store itself keeps every promise. `fallback`: the gateway makes up for some. `refused`: it cannot be made safe. */
  readonly level: 'full' | 'fallback' | 'refused';
  /** A signed URL accepts no other bytes than those it was signed for. */
  readonly bindsBody: boolean;
  /** What is missing and what is done about it, for people. */
  readonly notes: readonly string[];
}

export interface ProbeOutcome {
  /** The driver to go on with. */
  readonly driver: StorageDriver;
  readonly trust: StorageTrust;
}

/** Tries the store out. @throws VelocityError `STORAGE_UNAVAILABLE` while it cannot be reached */
export type ProbeDriver = (signal: AbortSignal) => Promise<ProbeOutcome>;

export interface StorageState {
  readonly driver: string;
  readonly reachable: boolean;
  readonly trust: StorageTrust['level'] | 'unknown';
  readonly notes: readonly string[];
}

export interface StorageHealthOptions {
  readonly storage: ObservedStorage;
  readonly probe: ProbeDriver;
  readonly metrics: Pick<Metrics, 'storageReady'>;
  readonly logger: Logger;
  readonly now: () => number;
}

/** An object that never exists: asking for it is the cheapest question that the store must answer. */
const ASKED_KEY = 'v1/reachable';
/** So often at most is the store asked on behalf of `/ready`, whoever calls it. */
const CHECK_INTERVAL_MS = 2000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;

/** Whether the store answers, and how far it can be trusted. */
export class StorageHealth {
  readonly #options: StorageHealthOptions;
  readonly #checks = new SingleFlight<StorageState>();
  #trust: StorageTrust | undefined;
  #last: { readonly state: StorageState; readonly atMs: number } | undefined;

  constructor(options: StorageHealthOptions) {
    this.#options = options;
  }

  /** Undefined until the store has been probed: nothing is taken on trust before. */
  get trust(): StorageTrust | undefined {
    return this.#trust;
  }

  /** Probes once. @throws VelocityError `STORAGE_UNAVAILABLE` */
  async probe(signal: AbortSignal): Promise<StorageTrust> {
    const { storage, probe, logger } = this.#options;
    const { driver, trust } = await probe(signal);
    storage.replaceDriver(driver);
    this.#trust = trust;
    this.#last = undefined;
    this.#options.metrics.storageReady.set(trust.level === 'refused' ? 0 : 1);
    const log = trust.level === 'full' ? 'info' : trust.level === 'fallback' ? 'warn' : 'error';
    logger[log]('storage probed', { driver: driver.name, trust: trust.level, notes: trust.notes });
    return trust;
  }

  /** Probes until it has worked or the signal ends it; a store that starts after the gateway is no failure. */
  async probeUntilDone(signal: AbortSignal): Promise<StorageTrust | undefined> {
    for (let waitMs = FIRST_RETRY_MS; !signal.aborted; waitMs = Math.min(LAST_RETRY_MS, waitMs * 2)) {
      try {
        return await this.probe(signal);
      } catch (error) {
        if (signal.aborted) return undefined;
        this.#options.logger.warn('the storage could not be probed; trying again', { ...errorFields(error), waitMs });
      }
      await delay(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
    return undefined;
  }

  /** Asks the store, at most every two seconds. */
  async check(): Promise<StorageState> {
    const { now } = this.#options;
    if (this.#last !== undefined && now() - this.#last.atMs < CHECK_INTERVAL_MS) return this.#last.state;
    return this.#checks.run('', async () => {
      const state = await this.#ask();
      this.#options.metrics.storageReady.set(state.reachable ? 1 : 0);
      this.#last = { state, atMs: now() };
      return state;
    });
  }

  async #ask(): Promise<StorageState> {
    const { storage, logger } = this.#options;
    const notes = this.#trust?.notes ?? ['the storage has not been probed yet'];
    const state = { driver: storage.driver.name, trust: this.#trust?.level ?? 'unknown', notes } as const;
    if (this.#trust?.level === 'refused') return { ...state, reachable: false };
    try {
      await storage.stat(ASKED_KEY);
      return { ...state, reachable: true };
    } catch (error) {
      logger.warn('the storage is not reachable', { error: errorMessage(error) });
      return { ...state, reachable: false, notes: [...notes, 'the storage does not answer'] };
    }
  }
}
