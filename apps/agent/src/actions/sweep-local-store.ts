import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordSchema } from '@velocity/protocol';
import { sweep, type RecordSummary, type SweepReport } from '@velocity/storage';
import * as v from 'valibot';
import type { AgentContext } from '../agent-context.js';
import type { CacheSettings } from '../config/types.js';
import { isDiskFailure } from '../run/disk-failure.js';
import { LOCK_FOLDER, removeDeadLocks } from '../run/take-lock.js';
import type { OpenStores } from '../stores/open-stores.js';

const ONCE_A_DAY_MS = 24 * 3_600_000;
/** Longer than any run that may still be writing blobs for a record to come. */
const GRACE_MS = 24 * 3_600_000;

/** Evicts what is over the limits, at most once a day for all checkouts of the user. */
export async function sweepLocalStore(options: {
  readonly stores: OpenStores;
  readonly settings: CacheSettings;
  readonly context: AgentContext;
  readonly cacheDir: string;
}): Promise<void> {
  const { stores, settings, context, cacheDir } = options;
  try {
    if (!isDue(join(cacheDir, 'last-sweep'), context)) return;
    const limits = { maxAgeMs: settings.maxAgeMs, maxTotalBytes: settings.maxSizeBytes };
    await evict(stores, limits, { context, cacheDir });
  } catch (error) {
    if (!isDiskFailure(error)) throw error;
    // Housekeeping that fails is no failure of the run: the next one tries again.
  }
}

function isDue(marker: string, context: AgentContext): boolean {
  const last = statSync(marker, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (context.now() - last < ONCE_A_DAY_MS) return false;
  writeFileSync(marker, '');
  return last !== 0;
}

/** Brings the local store within its limits, the least recently used first, and tidies up after processes that have died. */
export function evict(
  stores: OpenStores,
  limits: { readonly maxAgeMs?: number; readonly maxTotalBytes?: number },
  { context, cacheDir }: { readonly context: AgentContext; readonly cacheDir: string },
): Promise<SweepReport> {
  removeDeadLocks(join(cacheDir, LOCK_FOLDER), context.processId);
  return sweep(stores.driver, { ...limits, graceMs: GRACE_MS }, { now: context.now, readRecord });
}

function readRecord(bytes: Uint8Array): RecordSummary | undefined {
  try {
    const record = v.safeParse(recordSchema, JSON.parse(Buffer.from(bytes).toString('utf8')));
    if (!record.success) return undefined;
    return { digests: record.output.artifact.blobs.map((blob) => blob.digest) };
  } catch {
    // Not one of ours.
    return undefined;
  }
}
