import * as v from 'valibot';
import { cacheKeySchema, countSchema, digestSchema } from './values.js';

/** Most blobs in one report. */
export const MAX_REPORT_BLOBS = 64;

/** "I found these blobs of this record to be other than their names." */
const blobReportSchema = v.strictObject({
  key: cacheKeySchema,
  blobs: v.pipe(v.array(digestSchema), v.minLength(1), v.maxLength(MAX_REPORT_BLOBS)),
});

/** "The artifact of this record, of which this is the first blob, is another one than it says: of another key, or with another manifest." */
const headReportSchema = v.strictObject({ key: cacheKeySchema, head: digestSchema });

/** What somebody found that belies a record. */
export const reportRequestSchema = v.union([blobReportSchema, headReportSchema]);

/**
 * What the gateway found when it looked for itself. `removed`: some blobs were wrong, and went together with the record; or the artifact is
 * another one, and the record went alone. `gone`: they were not there any more, or there is no such record with such blobs for the caller.
 * `sound`: they are as they should be. `unknown`, of a head only: it cannot read artifacts of this format.
 */
export const reportResultSchema = v.object({
  status: v.picklist(['removed', 'sound', 'gone', 'unknown']),
  /** How many blobs that is said of; none where only the head was looked at. */
  blobs: countSchema,
});

export type ReportRequest = v.InferOutput<typeof reportRequestSchema>;
export type BlobReport = v.InferOutput<typeof blobReportSchema>;
export type HeadReport = v.InferOutput<typeof headReportSchema>;
export type ReportResult = v.InferOutput<typeof reportResultSchema>;
