import type { ArtifactHit, LookupOptions } from '@velocity/client';
import { errorMessage, isVelocityError, type CacheKey } from '@velocity/core';
import type { Damage } from '@velocity/protocol';
import type { PlannedTask } from '../plan/planned-task.js';
import type { OpenStores } from './open-stores.js';
import type { StoreSettings } from './store-settings.js';

export interface LookUpOptions {
  readonly onProblem: (message: string) => void;
  /** Told of a key that is a miss because what a store has under it is damaged. */
  readonly onDamaged?: (tier: 'local' | 'remote', key: CacheKey, problem: Damage) => void;
  readonly signal?: AbortSignal;
}

/** What the stores have of these tasks: local first, then one negotiation for all that is missing. A store that fails has nothing. */
export async function lookUp(
  tasks: readonly PlannedTask[],
  { stores, settings }: { readonly stores: OpenStores; readonly settings: StoreSettings },
  options: LookUpOptions,
): Promise<ReadonlyMap<CacheKey, ArtifactHit>> {
  const wanted = tasks.filter((task) => task.command !== undefined && task.config.cache).map((task) => task.key);
  const keys = [...new Set(wanted)];
  const { onDamaged, signal } = options;
  const told = (tier: 'local' | 'remote'): LookupOptions => ({
    ...(signal !== undefined && { signal }),
    ...(onDamaged !== undefined && { onDamaged: (key, problem) => onDamaged(tier, key, problem) }),
  });
  const hits = new Map(
    stores.localMode.read ? await lookUpLocally(keys, stores, told('local'), options.onProblem) : [],
  );
  if (settings.remote?.mode.read !== true) return hits;
  const missing = keys.filter((key) => !hits.has(key));
  for (const [key, hit] of (await stores.remote?.lookup(missing, told('remote'))) ?? []) hits.set(key, hit);
  return hits;
}

async function lookUpLocally(
  keys: readonly CacheKey[],
  { local }: OpenStores,
  options: LookupOptions,
  onProblem: (message: string) => void,
): Promise<ReadonlyMap<CacheKey, ArtifactHit>> {
  try {
    return await local.lookup(keys, options);
  } catch (error) {
    if (!isVelocityError(error)) throw error;
    onProblem(`nothing is taken from the local store: ${errorMessage(error)}`);
    return new Map();
  }
}
