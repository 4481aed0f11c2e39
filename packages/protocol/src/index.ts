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
export { ROUTES } from './routes.js';
export { cacheKeySchema, digestSchema, namespaceSchema, scopeSchema } from './values.js';
export { ROLES, whoamiSchema } from './whoami.js';

export type {
  CommitRequest,
  CommitResult,
  ErrorBody,
  FoundResult,
  NegotiateBatch,
  NegotiateBatchResult,
  NegotiateItem,
  NegotiateResult,
  UploadNeededResult,
} from './negotiate.js';
export type { ArtifactDescription, BlobDescription, CacheRecord } from './record.js';
export type { Role, Whoami } from './whoami.js';
