import type { ArtifactHit } from '@velocity/client';
import { errorMessage, isVelocityError, type CacheKey } from '@velocity/core';
import type { PlannedTask } from '../plan/planned-task.js';
import type { OpenStores } from './open-stores.js';
import type { StoreSettings } from './store-settings.js';

/** What the stores have of these tasks: local first, then one negotiation for all that is missing. A store that fails has nothing. */
export async function lookUp(
  tasks: readonly PlannedTask[],
  { stores, settings }: { readonly stores: OpenStores; readonly settings: StoreSettings },
  options: { readonly onProblem: (message: string) => void; readonly signal?: AbortSignal },
): Promise<ReadonlyMap<CacheKey, ArtifactHit>> {
  const wanted = tasks.filter((task) => task.command !== undefined && task.config.cache).map((task) => task.key);
  const keys = [...new Set(wanted)];
  const { onProblem, ...rest } = options;
  const hits = new Map(stores.localMode.read ? await lookUpLocally(keys, stores, { onProblem, ...rest }) : []);
  if (settings.remote?.mode.read !== true) return hits;
  const missing = keys.filter((key) => !hits.has(key));
  for (const [key, hit] of (await stores.remote?.lookup(missing, rest)) ?? []) hits.set(key, hit);
  return hits;
}

async function lookUpLocally(
  keys: readonly CacheKey[],
  { local }: OpenStores,
  { onProblem, ...rest }: { readonly onProblem: (message: string) => void; readonly signal?: AbortSignal },
): Promise<ReadonlyMap<CacheKey, ArtifactHit>> {
  try {
    return await local.lookup(keys, rest);
  } catch (error) {
    if (!isVelocityError(error)) throw error;
    onProblem(`nothing is taken from the local store: ${errorMessage(error)}`);
    return new Map();
  }
}
