import type { UrlSigner } from '@velocity/storage';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';
import type { ObservedStorage } from './observed-storage.js';
import type { PrincipalRegistry } from './principals.js';
import type { ArtifactHeads } from './services/artifact-heads.js';
import type { BlobStore } from './services/blob-store.js';
import type { HistoryStore } from './services/history-store.js';
import type { RecordStore } from './services/record-store.js';
import type { UsageMarker } from './services/usage-marker.js';
import type { VendedAnswers } from './services/vended-answers.js';
import type { StorageHealth } from './storage-health.js';
import type { TicketMint } from './tickets.js';

export interface Limits {
  /** Bytes of all blobs of one artifact together. */
  readonly maxArtifactSize: number;
  readonly maxBlobSize: number;
  /** Bytes of a JSON body. */
  readonly maxBodySize: number;
  /** A JSON body has arrived by then. */
  readonly bodyTimeoutMs: number;
  /** A blob's stream may stand still for so long. */
  readonly idleTimeoutMs: number;
}

/** How far the end is. */
export interface Lifecycle {
  /** Aborted when the gateway shall stop: requests are still answered, connections are not kept. */
  readonly draining: AbortSignal;
  /** Aborted when the time to finish is over: streams still running are refused. */
  readonly stopping: AbortSignal;
}

/** Everything that the routes use. No listening, no env: `createApp(context)` can be called in a test. */
export interface GatewayContext {
  readonly limits: Limits;
  readonly principals: PrincipalRegistry;
  readonly storage: ObservedStorage;
  readonly records: RecordStore;
  readonly answers: VendedAnswers;
  readonly history: HistoryStore;
  readonly blobs: BlobStore;
  readonly heads: ArtifactHeads;
  readonly usage: UsageMarker;
  readonly tickets: TicketMint;
  readonly health: StorageHealth;
  /** Of the local driver: checks the URLs that the proxy routes are called with. Undefined where clients talk to the store itself. */
  readonly urlSigner: UrlSigner | undefined;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly now: () => number;
  readonly lifecycle: Lifecycle;
}
