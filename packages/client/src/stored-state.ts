import { digestOfStream, isVelocityError, type CacheKey, type Digest } from '@velocity/core';
import type { CacheRecord } from '@velocity/protocol';
import type { StorageDriver } from '@velocity/storage';
import type { StoreOptions } from './artifact-store.js';
import { localBlobKey, localRecordKey, parseRecord } from './local-records.js';

/** What lies in a blob's place; `size` is that of the bytes that were read. */
export type BlobState =
  | { readonly status: 'sound' | 'wrong'; readonly size: number }
  | { readonly status: 'unreadable' | 'absent' };

/** What lies in a record's place; `misplaced` is the record of another key. */
export type RecordState =
  | { readonly status: 'sound'; readonly record: CacheRecord }
  | { readonly status: 'unreadable' | 'misplaced' | 'absent' };

export interface StateOptions extends StoreOptions {
  readonly onBytes?: (bytes: number) => void;
}

/** Reads a blob to its end. @throws VelocityError `STORAGE_UNAVAILABLE` when it is the whole store that is not there */
export function blobStateOf(driver: StorageDriver, digest: Digest, options: StateOptions): Promise<BlobState> {
  const objectKey = localBlobKey(digest);
  return orUnreadable<BlobState>(driver, { objectKey, options }, async () => {
    const body = await driver.read(objectKey, signalOf(options));
    if (body === undefined) return { status: 'absent' };
    const actual = await digestOfStream(counted(body.chunks, options));
    return { status: actual.digest === digest ? 'sound' : 'wrong', size: actual.size };
  });
}

/** @throws VelocityError `STORAGE_UNAVAILABLE` when it is the whole store that is not there */
export function recordStateOf(driver: StorageDriver, key: CacheKey, options: StateOptions): Promise<RecordState> {
  const objectKey = localRecordKey(key);
  return orUnreadable<RecordState>(driver, { objectKey, options }, async () => {
    const body = await driver.read(objectKey, signalOf(options));
    if (body === undefined) return { status: 'absent' };
    const record = await parseRecord({ size: body.size, chunks: counted(body.chunks, options) });
    if (record === undefined) return { status: 'unreadable' };
    return record.key === key ? { status: 'sound', record } : { status: 'misplaced' };
  });
}

/** An object that the disk does not give is damage; a store that does not answer at all is an outage. */
async function orUnreadable<T>(
  driver: StorageDriver,
  { objectKey, options }: { readonly objectKey: string; readonly options: StateOptions },
  read: () => Promise<T>,
): Promise<T | { readonly status: 'unreadable' }> {
  try {
    return await read();
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isVelocityError(error, 'STORAGE_UNAVAILABLE')) throw error;
    await driver.stat(objectKey, signalOf(options));
    return { status: 'unreadable' };
  }
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  { onBytes, signal }: StateOptions,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    onBytes?.(chunk.byteLength);
    yield chunk;
  }
}

function signalOf({ signal }: StateOptions): StoreOptions {
  return signal === undefined ? {} : { signal };
}
