export { CircuitBreaker } from './circuit-breaker.js';
export { GatewayClient } from './gateway-client.js';
export { LocalStore } from './local-store.js';
export { RemoteStore } from './remote-store.js';
export { UploadQueue } from './upload-queue.js';

export type {
  ArtifactHit,
  ArtifactStore,
  HistoryEntry,
  HistoryOptions,
  LookupOptions,
  SaveVerdict,
  StoredArtifact,
  StoreOptions,
} from './artifact-store.js';
export type { HttpTimeouts } from './deadline.js';
export type { GatewayClientOptions } from './gateway-client.js';
export type { HttpAgents } from './http-request.js';
export type { ArtifactSummary, PackedBlob } from './local-store.js';
export type { RemoteStoreOptions } from './remote-store.js';
export type { RetryPolicy } from './retry.js';
export type { UploadOutcome, UploadQueueOptions } from './upload-queue.js';
export type {
  AffectedResult,
  DamagedObject,
  DamageProblem,
  VerifyOptions,
  VerifyProgress,
  VerifyReport,
} from './verify-report.js';
