import * as v from 'valibot';
import { errorBodySchema, vendedBlobsSchema } from './negotiate.js';
import { recordSchema, taskSchema } from './record.js';
import { cacheKeySchema } from './values.js';

/** Most tasks in one question. */
export const MAX_HISTORY_ITEMS = 200;
/** Most entries of one scope that a task may be asked for. */
export const MAX_HISTORY_LIMIT = 10;
export const DEFAULT_HISTORY_LIMIT = 3;

export const historyItemSchema = v.strictObject({
  task: taskSchema,
  /** Entries of each scope that the caller reads. */
  limit: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_HISTORY_LIMIT)),
    DEFAULT_HISTORY_LIMIT,
  ),
});
export const historyRequestSchema = v.strictObject({
  items: v.pipe(v.array(historyItemSchema), v.minLength(1), v.maxLength(MAX_HISTORY_ITEMS)),
});

/** ISO 8601, UTC: when the record was written. */
const createdAtSchema = v.pipe(v.string(), v.isoTimestamp());

/** A record that a task once got. `evicted`: it is not there any more. */
export const historyEntrySchema = v.variant('status', [
  v.object({
    status: v.literal('found'),
    key: cacheKeySchema,
    createdAt: createdAtSchema,
    record: recordSchema,
    blobs: vendedBlobsSchema,
  }),
  v.object({ status: v.literal('evicted'), key: cacheKeySchema, createdAt: createdAtSchema }),
]);

/** One item can fail alone: it then carries the error in place of its entries. */
export const historyItemResultSchema = v.union([
  /** Scopes in the order in which the caller reads them; the newest first in each; every key once. */
  v.object({ task: v.string(), entries: v.array(historyEntrySchema) }),
  errorBodySchema,
]);
export const historyResultSchema = v.object({ items: v.array(historyItemResultSchema) });

/** As a client writes it: `limit` may be left out. */
export type HistoryItem = v.InferInput<typeof historyItemSchema>;
export type HistoryRequest = v.InferOutput<typeof historyRequestSchema>;
export type HistoryEntryResult = v.InferOutput<typeof historyEntrySchema>;
export type HistoryItemResult = v.InferOutput<typeof historyItemResultSchema>;
export type HistoryResult = v.InferOutput<typeof historyResultSchema>;
