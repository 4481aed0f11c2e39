import { recordSchema } from '@velocity/protocol';
import { sweep } from '@velocity/storage';
import type { StorageDriver, SweepReport } from '@velocity/storage';
import * as v from 'valibot';
import type { RetentionConfig } from './config/config.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';

export interface SweepContext {
  readonly driver: StorageDriver;
  readonly metrics: Pick<Metrics, 'evictions' | 'storeSize'>;
  readonly logger: Logger;
  readonly now: () => number;
}

/** One sweep by the configured limits: counted, measured, logged. @throws what the driver throws */
export async function runSweep(
  { driver, metrics, logger, now }: SweepContext,
  { maxAgeMs, maxStoreSize }: RetentionConfig,
  signal: AbortSignal,
): Promise<SweepReport> {
  const policy = {
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    ...(maxStoreSize !== undefined && { maxTotalBytes: maxStoreSize }),
  };
  const report = await sweep(driver, policy, {
    now,
    readRecord,
    signal,
    onRemoved: ({ kind, key }) => {
      metrics.evictions.inc({ kind });
      // Blobs and history entries follow from the records; the line at the end counts them.
      if (kind === 'record') logger.info('record evicted', { audit: true, event: 'record.evicted', object: key });
    },
  });
  metrics.storeSize.set(report.bytesKept);
  const level = report.foreignRecords > 0 ? 'warn' : 'info';
  logger[level]('swept', { audit: true, event: 'store.swept', ...report });
  return report;
}

function readRecord(bytes: Uint8Array): { readonly digests: readonly string[] } | undefined {
  const parsed = v.safeParse(recordSchema, parseJson(bytes));
  return parsed.success ? { digests: parsed.output.artifact.blobs.map(({ digest }) => digest) } : undefined;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    // Not JSON: no record of ours.
    return undefined;
  }
}
