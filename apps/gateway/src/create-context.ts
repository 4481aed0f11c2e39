import { setMaxListeners } from 'node:events';
import type { StorageDriver, UrlSigner } from '@velocity/storage';
import type { GatewayContext, Lifecycle, Limits } from './context.js';
import type { GatewayKeys } from './keys.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';
import { ObservedStorage } from './observed-storage.js';
import type { PrincipalRegistry } from './principals.js';
import { ArtifactHeads } from './services/artifact-heads.js';
import { BlobStore } from './services/blob-store.js';
import { HistoryStore } from './services/history-store.js';
import { RecordStore } from './services/record-store.js';
import { UsageMarker } from './services/usage-marker.js';
import { VendedAnswers } from './services/vended-answers.js';
import { StorageHealth } from './storage-health.js';
import type { ProbeDriver } from './storage-health.js';
import { TicketMint } from './tickets.js';

export interface ContextOptions {
  readonly driver: StorageDriver;
  readonly urlSigner: UrlSigner | undefined;
  readonly probe: ProbeDriver;
  readonly principals: PrincipalRegistry;
  readonly keys: GatewayKeys;
  readonly limits?: Partial<Limits>;
  readonly storageTimeoutMs?: number;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly now: () => number;
  /** A fresh name for each ticket. */
  readonly newId: () => string;
  readonly lifecycle: Lifecycle;
}

const GIB = 1024 ** 3;

const DEFAULT_LIMITS: Limits = {
  maxArtifactSize: 10 * GIB,
  maxBlobSize: GIB,
  maxBodySize: 8 * 1024 * 1024,
  bodyTimeoutMs: 30_000,
  idleTimeoutMs: 30_000,
};
const STORAGE_TIMEOUT_MS = 10_000;
/** The largest record: 16,384 blobs. */
const MAX_RECORD_BYTES = 4 * 1024 * 1024;

/** Puts a gateway together. Starts nothing: no timer, no request. */
export function createContext(options: ContextOptions): GatewayContext {
  const { driver, urlSigner, principals, metrics, logger, now, lifecycle } = options;
  // Each upload under way listens to it; Node would take more than ten for a leak.
  setMaxListeners(0, lifecycle.stopping);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const storage = new ObservedStorage({
    driver,
    metrics,
    timeoutMs: options.storageTimeoutMs ?? STORAGE_TIMEOUT_MS,
    maxDocumentSize: MAX_RECORD_BYTES,
  });
  const health = new StorageHealth({ storage, probe: options.probe, metrics, logger, now });
  const blobs = new BlobStore({ storage, metrics, bindsBody: () => health.trust?.bindsBody === true, now });
  return {
    limits: { ...limits, maxBlobSize: Math.min(limits.maxBlobSize, limits.maxArtifactSize) },
    principals,
    storage,
    records: new RecordStore(storage, now),
    answers: new VendedAnswers(now),
    history: new HistoryStore(storage, logger),
    blobs,
    heads: new ArtifactHeads({ storage, blobs, metrics, now }),
    usage: new UsageMarker(storage, logger, now),
    tickets: new TicketMint({ key: options.keys.ticket, now, newId: options.newId }),
    health,
    urlSigner,
    metrics,
    logger,
    now,
    lifecycle,
  };
}
