import type { CacheKey } from '@velocity/core';
import { mapBounded } from '@velocity/core';
import { recordSchema } from '@velocity/protocol';
import type { CacheRecord } from '@velocity/protocol';
import { historyPrefix, LAYOUT_PREFIX, placeOfObject, recordObjectKey } from '@velocity/storage';
import type { StorageDriver } from '@velocity/storage';
import * as v from 'valibot';
import type { Logger } from './logger.js';
import { placeOf, TRUSTED_SCOPE } from './principals.js';

/** Which entries of a namespace. */
export type Forgotten =
  | { readonly by: 'key'; readonly key: CacheKey }
  /** Those that a principal of this name wrote, or of one that ends in `/run/<id>`. */
  | { readonly by: 'run'; readonly run: string }
  | { readonly by: 'scope'; readonly scope: string };

export interface ForgetContext {
  readonly driver: StorageDriver;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Only finds. */
  readonly isDry: boolean;
}

export interface ForgetReport {
  readonly records: number;
  readonly history: number;
}

interface Entry {
  readonly objectKey: string;
  readonly key: CacheKey;
  readonly scope: string;
  /** Undefined where it cannot be read, or need not be. */
  readonly record: CacheRecord | undefined;
  readonly history: readonly string[];
}

const CONCURRENCY = 16;
/** A record of 16,384 blobs has less. */
const MAX_RECORD_BYTES = 4 * 1024 * 1024;

/** Removes records with their history entries. Blobs are left to the sweep: other records may cite them. @throws what the driver throws */
export async function forgetEntries(context: ForgetContext, namespace: string, what: Forgotten): Promise<ForgetReport> {
  const { driver, logger, signal, isDry } = context;
  const entries =
    what.by === 'key' ? await findKey(context, namespace, what.key) : await scan(context, namespace, what);
  await mapBounded(entries, CONCURRENCY, async ({ objectKey, key, scope, record, history }) => {
    signal.throwIfAborted();
    if (isDry) return;
    // The entry first: where this is cut short, the record that is left is found again.
    for (const object of history) await driver.remove(object, { signal });
    await driver.remove(objectKey, { signal });
    const was = {
      task: record?.artifact.task,
      writer: record?.writer,
      manifestDigest: record?.artifact.manifestDigest,
    };
    const fields = { namespace, scope, key, by: what.by, ...was };
    logger.warn('record forgotten', { audit: true, event: 'record.forgotten', ...fields });
  });
  const report = { records: entries.length, history: entries.reduce((sum, { history }) => sum + history.length, 0) };
  if (!isDry) logger.warn('forgot', { audit: true, event: 'store.forgot', namespace, ...what, ...report });
  return report;
}

/** In all scopes, without a look at other keys. */
async function findKey(context: ForgetContext, namespace: string, key: CacheKey): Promise<Entry[]> {
  const { driver, signal } = context;
  const trusted = recordObjectKey(namespace, { tier: 'trusted' }, key);
  const untrustedPrefix = recordObjectKey(namespace, { tier: 'untrusted', scope: '' }, key);
  const objectKeys = (await driver.stat(trusted, { signal })) === undefined ? [] : [trusted];
  for await (const object of driver.list({ prefix: untrustedPrefix, signal })) objectKeys.push(object.key);
  return mapBounded(objectKeys, CONCURRENCY, async (objectKey) => {
    const record = await readRecord(context, objectKey);
    const history: string[] = [];
    if (record !== undefined) {
      const prefix = historyPrefix(namespace, placeOf(record.tier, record.scope), record.artifact.task);
      for await (const object of driver.list({ prefix, signal })) {
        if (recordOfHistory(object.key) === objectKey) history.push(object.key);
      }
    }
    return { objectKey, key, scope: scopeOfObject(objectKey), record, history };
  });
}

/** Of the whole namespace. */
async function scan(
  context: ForgetContext,
  namespace: string,
  what: Exclude<Forgotten, { by: 'key' }>,
): Promise<Entry[]> {
  const { driver, signal } = context;
  const records: { readonly objectKey: string; readonly key: CacheKey; readonly scope: string }[] = [];
  const history = new Map<string, string[]>();
  for await (const { key: objectKey } of driver.list({ prefix: `${LAYOUT_PREFIX}${namespace}/`, signal })) {
    const place = placeOfObject(objectKey);
    if (place?.kind === 'record') records.push({ objectKey, key: place.key, scope: scopeOfObject(objectKey) });
    if (place?.kind === 'history') {
      history.set(place.recordObjectKey, [...(history.get(place.recordObjectKey) ?? []), objectKey]);
    }
  }
  const candidates = what.by === 'scope' ? records.filter(({ scope }) => scope === what.scope) : records;
  const found = await mapBounded(candidates, CONCURRENCY, async (candidate) => {
    signal.throwIfAborted();
    const record = await readRecord(context, candidate.objectKey);
    if (what.by === 'run' && !isWrittenBy(record, what.run)) return undefined;
    return { ...candidate, record, history: history.get(candidate.objectKey) ?? [] };
  });
  return found.filter((entry) => entry !== undefined);
}

function isWrittenBy(record: CacheRecord | undefined, run: string): boolean {
  return record !== undefined && (record.writer === run || record.writer.endsWith(`/run/${run}`));
}

/** The last segment of an untrusted record's key. */
function scopeOfObject(objectKey: string): string {
  const isTrusted = placeOfObject(objectKey)?.tier === 'trusted';
  return isTrusted ? TRUSTED_SCOPE : objectKey.slice(objectKey.lastIndexOf('/') + 1);
}

function recordOfHistory(objectKey: string): string | undefined {
  const place = placeOfObject(objectKey);
  return place?.kind === 'history' ? place.recordObjectKey : undefined;
}

/** Undefined for one that is gone or is no record. */
async function readRecord({ driver, signal }: ForgetContext, objectKey: string): Promise<CacheRecord | undefined> {
  const body = await driver.read(objectKey, { signal });
  if (body === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body.chunks) {
    size += chunk.byteLength;
    if (size > MAX_RECORD_BYTES) return undefined;
    chunks.push(chunk);
  }
  const parsed = v.safeParse(recordSchema, parseJson(Buffer.concat(chunks)));
  return parsed.success ? parsed.output : undefined;
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    // Not JSON: no record.
    return undefined;
  }
}
