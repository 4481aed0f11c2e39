import * as v from 'valibot';
import { cacheKeySchema, countSchema, digestSchema } from './values.js';

/** Most blobs in one report. */
export const MAX_REPORT_BLOBS = 64;

/** "I found these blobs of this record to be other than their names." */
export const reportRequestSchema = v.strictObject({
  key: cacheKeySchema,
  blobs: v.pipe(v.array(digestSchema), v.minLength(1), v.maxLength(MAX_REPORT_BLOBS)),
});

/**
 * What the gateway found when it looked for itself. `removed`: some were wrong, and went together with the record. `gone`: they were not
 * there any more, or there is no such record with such blobs for the caller. `sound`: they are as they should be.
 */
export const reportResultSchema = v.object({
  status: v.picklist(['removed', 'sound', 'gone']),
  /** How many of the blobs that is said of. */
  blobs: countSchema,
});

export type ReportRequest = v.InferOutput<typeof reportRequestSchema>;
export type ReportResult = v.InferOutput<typeof reportResultSchema>;
