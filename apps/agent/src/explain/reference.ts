import type { Codec } from '@velocity/artifact';
import type { HistoryEntry } from '@velocity/client';
import { isVelocityError, type CacheKey, type Fingerprint } from '@velocity/core';
import type { PlannedTask } from '../plan/planned-task.js';
import type { TaskStates } from '../tasks/task-states.js';
import { readFingerprint } from './read-fingerprint.js';

/** An earlier result of a task, with everything that decided it. */
export interface Reference {
  readonly source: 'checkout' | 'local' | 'remote' | 'run';
  readonly key: CacheKey;
  readonly fingerprint: Fingerprint;
  /** ISO 8601; undefined where that is not known. */
  readonly createdAt?: string | undefined;
}

/** What there is to compare a task with: an earlier result, or that nobody had one, or that the very one it needs was evicted. */
export type Comparison =
  | { readonly kind: 'reference'; readonly reference: Reference }
  | { readonly kind: 'evicted'; readonly from: 'local' | 'remote' }
  /** `isRemoteAsked` false: others may have built it, nobody was asked. */
  | { readonly kind: 'none'; readonly isRemoteAsked: boolean };

export interface ReferenceSources {
  readonly states: TaskStates;
  readonly codec: Codec;
  /** Undefined: that store may not be read, or gave no answer. */
  readonly local: (task: string) => Promise<readonly HistoryEntry[] | undefined>;
  readonly remote: (task: string) => Promise<readonly HistoryEntry[] | undefined>;
  readonly signal?: AbortSignal;
}

/** The nearest earlier result of the task: this checkout's last one, else the newest of the local store, else the newest of the remote. */
export async function findReference(task: PlannedTask, sources: ReferenceSources): Promise<Comparison> {
  const state = sources.states.load(task.id);
  if (state !== undefined) {
    const { key, fingerprint, seenAtMs } = state;
    const createdAt = new Date(seenAtMs).toISOString();
    return { kind: 'reference', reference: { source: 'checkout', key, fingerprint, createdAt } };
  }
  const local = await orNothing(sources.local(task.id));
  const fromLocal = await newest(task, local ?? [], 'local', sources);
  if (fromLocal !== undefined) return fromLocal;
  const remote = await orNothing(sources.remote(task.id));
  const fromRemote = await newest(task, remote ?? [], 'remote', sources);
  return fromRemote ?? { kind: 'none', isRemoteAsked: remote !== undefined };
}

async function newest(
  task: PlannedTask,
  entries: readonly HistoryEntry[],
  source: 'local' | 'remote',
  { codec, signal }: ReferenceSources,
): Promise<Comparison | undefined> {
  if (entries.some((entry) => entry.status === 'evicted' && entry.key === task.key))
    return { kind: 'evicted', from: source };
  for (const entry of entries) {
    if (entry.status === 'evicted' || entry.key === task.key) continue;
    const fingerprint = await readFingerprint(entry.key, entry.hit, { codec, signal });
    // Projects that share a namespace may have tasks of the same name.
    if (fingerprint?.project !== task.fingerprint.project) continue;
    const { key, createdAt } = entry;
    return { kind: 'reference', reference: { source, key, fingerprint, createdAt } };
  }
  return undefined;
}

/** A store that cannot be asked has nothing to tell, and that is no reason to fail. */
async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isVelocityError(error)) return undefined;
    throw error;
  }
}
