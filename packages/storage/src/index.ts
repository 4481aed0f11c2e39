export { planEviction } from './eviction/plan-eviction.js';
export { HISTORY_KEPT } from './eviction/plan-history.js';
export { LEFTOVER_AGE_MS, sweep } from './eviction/sweep.js';
export { FsDriver } from './fs/fs-driver.js';
export { MemoryDriver } from './memory/memory-driver.js';
export {
  blobObjectKey,
  historyObjectKey,
  historyPrefix,
  LAYOUT_PREFIX,
  objectKindOf,
  placeOfObject,
  recordObjectKey,
} from './object-keys.js';
export { assertObjectKey, isObjectKey } from './object-key-syntax.js';
export { UrlSigner } from './url-signer.js';

export type {
  BodyReader,
  CreateOptions,
  DriverSupports,
  Leftovers,
  ListOptions,
  ObjectBody,
  ObjectStat,
  OperationOptions,
  SignedRequest,
  SignRequest,
  StorageDriver,
} from './driver.js';
export type {
  EvictionBlob,
  EvictionEntries,
  EvictionPlan,
  EvictionPolicy,
  EvictionRecord,
} from './eviction/plan-eviction.js';
export type { ReadRecord, RecordSummary } from './eviction/record-citations.js';
export type { RemovedObject, SweepOptions, SweepReport } from './eviction/sweep.js';
export type { FsDriverOptions } from './fs/fs-driver.js';
export type { MemoryDriverOptions } from './memory/memory-driver.js';
export type { HistoryEntry, HistoryObjectPlace, ObjectPlace, RecordPlace, Tier } from './object-keys.js';
export type { UrlSignerOptions, UrlVerdict } from './url-signer.js';
