import { LocalStore } from '@velocity/client';
import { digestOf, type CacheKey } from '@velocity/core';
import { blobObjectKey, FsDriver, MemoryDriver, recordObjectKey, type StorageDriver } from '@velocity/storage';
import { tempDir } from '@velocity/testing';

export const START_MS = Date.UTC(2026, 0, 1);

export interface LocalRig extends AsyncDisposable {
  readonly store: LocalStore;
  readonly driver: StorageDriver;
  readonly clock: { ms: number };
  /** Of the folder; undefined in memory. */
  readonly path: string | undefined;
}

/** A local store with a clock of its own. */
export async function openLocalRig(kind: string): Promise<LocalRig> {
  const dir = tempDir();
  const clock = { ms: START_MS };
  const now = (): number => clock.ms;
  const driver =
    kind === 'fs' ? await FsDriver.open({ root: dir.path, durable: false, now }) : await MemoryDriver.open({ now });
  return {
    store: new LocalStore({ driver, now }),
    driver,
    clock,
    path: kind === 'fs' ? dir.path : undefined,
    [Symbol.asyncDispose]: async () => {
      await driver[Symbol.asyncDispose]();
      dir[Symbol.dispose]();
    },
  };
}

export function localRecordKey(key: CacheKey): string {
  return recordObjectKey('local', { tier: 'trusted' }, key);
}

export function localBlobKey(bytes: Uint8Array): string {
  return blobObjectKey('local', 'trusted', digestOf(bytes));
}

export async function replaceObject(driver: StorageDriver, key: string, bytes: Uint8Array): Promise<void> {
  await driver.remove(key);
  await driver.create(key, [bytes], { size: bytes.byteLength });
}
