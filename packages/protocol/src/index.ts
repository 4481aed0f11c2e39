export {
  DEFAULT_HISTORY_LIMIT,
  historyRequestSchema,
  historyResultSchema,
  MAX_HISTORY_ITEMS,
  MAX_HISTORY_LIMIT,
} from './history.js';
export {
  commitRequestSchema,
  commitResultSchema,
  errorBodySchema,
  MAX_BATCH_ITEMS,
  negotiateBatchResultSchema,
  negotiateBatchSchema,
  negotiateItemSchema,
  negotiateResultSchema,
} from './negotiate.js';
export { artifactDescriptionSchema, blobSchema, recordSchema } from './record.js';
export { MAX_REPORT_BLOBS, reportRequestSchema, reportResultSchema } from './report.js';
export { ROUTES } from './routes.js';
export { cacheKeySchema, digestSchema, namespaceSchema, scopeSchema } from './values.js';
export { ROLES, whoamiSchema } from './whoami.js';

export type { HistoryEntryResult, HistoryItem, HistoryItemResult, HistoryRequest, HistoryResult } from './history.js';
export type {
  CommitRequest,
  CommitResult,
  Damage,
  ErrorBody,
  FoundResult,
  NegotiateBatch,
  NegotiateBatchResult,
  NegotiateItem,
  NegotiateResult,
  UploadNeededResult,
} from './negotiate.js';
export type { ArtifactDescription, BlobDescription, CacheRecord } from './record.js';
export type { BlobReport, HeadReport, ReportRequest, ReportResult } from './report.js';
export type { Role, Whoami } from './whoami.js';
