import { LocalStore } from '@velocity/client';
import { isVelocityError } from '@velocity/core';
import { FsDriver, MemoryDriver, type StorageDriver } from '@velocity/storage';
import type { AgentContext } from '../agent-context.js';
import type { StoreMode } from '../run/run-environment.js';
import { NO_ACCESS, type StoreSettings } from './store-settings.js';

export interface OpenLocal extends AsyncDisposable {
  readonly driver: StorageDriver;
  readonly local: LocalStore;
  /** Where results are packed and remote ones verified: the local store where it may be written, else one that lasts for the run. */
  readonly staging: LocalStore;
  /** What may be done with the local store: nothing where it could not be opened. */
  readonly localMode: StoreMode;
}

/** What to do where there is no local store to work with. */
export interface LocalFallback {
  /** Where a store for the length of the run may be made. */
  readonly folder: string;
  readonly onLocalOff: (failure: unknown) => void;
}

/** What a run may hold in memory when there is no disk to hold it. */
const MAX_MEMORY_BYTES = 64 * 1024 * 1024;

/** @throws VelocityError `STORAGE_UNAVAILABLE` or `STORAGE_FULL` where the store cannot be opened and there is no fallback */
export async function openLocal(
  settings: StoreSettings,
  context: AgentContext,
  fallback: LocalFallback | undefined,
): Promise<OpenLocal> {
  const driver = await openCacheDir(settings, context, fallback);
  const localMode = driver === undefined ? NO_ACCESS : settings.local;
  const needsStaging = !localMode.write && settings.remote !== undefined && fallback !== undefined;
  const scratch = needsStaging ? await openScratch(fallback.folder, context) : undefined;
  const { now } = context;
  const used = driver ?? scratch ?? (await MemoryDriver.open({ now, maxBytes: MAX_MEMORY_BYTES }));
  const local = new LocalStore({ driver: used, now });
  return {
    driver: used,
    local,
    staging: scratch === undefined ? local : new LocalStore({ driver: scratch, now }),
    localMode,
    async [Symbol.asyncDispose]() {
      await driver?.[Symbol.asyncDispose]();
      await scratch?.[Symbol.asyncDispose]();
    },
  };
}

async function openCacheDir(
  { local, cacheDir }: StoreSettings,
  { now }: AgentContext,
  fallback: LocalFallback | undefined,
): Promise<StorageDriver | undefined> {
  if (!local.read && !local.write) return undefined;
  try {
    return await FsDriver.open({ root: cacheDir, durable: false, now });
  } catch (error) {
    if (fallback === undefined || !isVelocityError(error)) throw error;
    fallback.onLocalOff(error);
    return undefined;
  }
}

async function openScratch(root: string, { now }: AgentContext): Promise<StorageDriver> {
  try {
    return await FsDriver.open({ root, durable: false, now });
  } catch (error) {
    if (!isVelocityError(error)) throw error;
    // What does not fit is not shared, and the line of its task says so.
    return MemoryDriver.open({ now, maxBytes: MAX_MEMORY_BYTES });
  }
}
