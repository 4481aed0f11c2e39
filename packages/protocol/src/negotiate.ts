import * as v from 'valibot';
import { artifactDescriptionSchema, recordSchema } from './record.js';
import { cacheKeySchema, digestSchema } from './values.js';

/** Most items in one negotiation. */
export const MAX_BATCH_ITEMS = 1000;

/** What can be wrong with a record. */
export const DAMAGES = ['unreadable', 'dangling'] as const;

const downloadItemSchema = v.strictObject({ hash: cacheKeySchema, action: v.literal('download') });
const uploadItemSchema = v.strictObject({
  hash: cacheKeySchema,
  action: v.literal('upload'),
  artifact: artifactDescriptionSchema,
});

export const negotiateItemSchema = v.variant('action', [downloadItemSchema, uploadItemSchema]);
export const negotiateBatchSchema = v.strictObject({
  items: v.pipe(v.array(negotiateItemSchema), v.minLength(1), v.maxLength(MAX_BATCH_ITEMS)),
});

/** A request that a client sends to storage, headers verbatim. */
const transferSchema = v.object({ url: v.pipe(v.string(), v.url()), headers: v.record(v.string(), v.string()) });

/** Where to get the blobs of a record: one for each, in its order. */
export const vendedBlobsSchema = v.array(v.object({ digest: digestSchema, ...transferSchema.entries }));

const foundSchema = v.object({ status: v.literal('found'), record: recordSchema, blobs: vendedBlobsSchema });
const missingSchema = v.object({
  status: v.literal('missing'),
  /**
   * Said where the gateway happens to know that there was a record. `unreadable`: what lies in its place is none. `dangling`: a blob of
   * it is gone, or was other than its name.
   */
  because: v.optional(v.picklist(DAMAGES)),
});
const skippedSchema = v.object({ status: v.literal('skipped') });
const uploadNeededSchema = v.object({
  status: v.literal('upload_needed'),
  /** Turns into a record at `commit`, once every blob is there. */
  ticket: v.string(),
  /** One for each blob, in order: already there, or where to put it. */
  blobs: v.array(
    v.union([
      v.object({ digest: digestSchema, have: v.literal(true) }),
      v.object({ digest: digestSchema, ...transferSchema.entries }),
    ]),
  ),
});

export const errorBodySchema = v.object({
  error: v.object({
    code: v.string(),
    message: v.string(),
    hint: v.optional(v.string()),
    retryable: v.boolean(),
  }),
});

/** One item of a batch can fail alone: it then carries the error in place of a status. */
export const negotiateResultSchema = v.union([
  v.variant('status', [foundSchema, missingSchema, skippedSchema, uploadNeededSchema]),
  errorBodySchema,
]);
export const negotiateBatchResultSchema = v.object({ items: v.array(negotiateResultSchema) });

export const commitRequestSchema = v.strictObject({
  ticket: v.pipe(v.string(), v.minLength(1), v.maxLength(4 * 1024 * 1024)),
});
export const commitResultSchema = v.object({ status: v.picklist(['stored', 'divergent']) });

export type Damage = (typeof DAMAGES)[number];
export type NegotiateItem = v.InferOutput<typeof negotiateItemSchema>;
export type NegotiateBatch = v.InferOutput<typeof negotiateBatchSchema>;
export type NegotiateResult = v.InferOutput<typeof negotiateResultSchema>;
export type NegotiateBatchResult = v.InferOutput<typeof negotiateBatchResultSchema>;
export type FoundResult = v.InferOutput<typeof foundSchema>;
export type UploadNeededResult = v.InferOutput<typeof uploadNeededSchema>;
export type CommitRequest = v.InferOutput<typeof commitRequestSchema>;
export type CommitResult = v.InferOutput<typeof commitResultSchema>;
export type ErrorBody = v.InferOutput<typeof errorBodySchema>;
