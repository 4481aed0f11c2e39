import type { Codec } from '@velocity/artifact';
import type { LocalStore, RemoteStore } from '@velocity/client';
import type { CacheKey } from '@velocity/core';
import type { PlannedTask } from '../plan/planned-task.js';
import type { TaskStates } from '../tasks/task-states.js';
import { missReason } from './miss-reason.js';
import { findReference, type Comparison } from './reference.js';
import { RemoteHistory } from './remote-history.js';

export interface ExplainerOptions {
  readonly states: TaskStates;
  readonly codec: Codec;
  /** Those that may be read. */
  readonly stores: () => Promise<{
    readonly local?: LocalStore | undefined;
    readonly remote?: RemoteStore | undefined;
  }>;
  readonly signal?: AbortSignal;
}

/** How long a task waits for a reason from afar before it runs without one. */
const PATIENCE_MS = 2000;
const ENTRIES = 3;
const NOTHING: Comparison = { kind: 'none', isRemoteAsked: false };

/** Finds out why tasks run. */
export class Explainer {
  readonly #options: ExplainerOptions;
  readonly #history: RemoteHistory;
  readonly #damaged = new Map<CacheKey, string>();

  constructor(options: ExplainerOptions) {
    this.#options = options;
    const { stores, signal } = options;
    this.#history = new RemoteHistory(async (tasks) => {
      const { remote } = await stores();
      if (remote === undefined || remote.isOff) return undefined;
      return remote.history(tasks, { limit: ENTRIES, ...(signal !== undefined && { signal }) });
    });
  }

  /** Remembers that a store has something under the key that cannot be used. */
  damaged(tier: 'local' | 'remote', key: CacheKey, problem: string): void {
    const what = problem === 'dangling' ? 'its content is gone' : 'its record is unreadable';
    this.#damaged.set(key, `corrupt ${tier} entry: ${what}`);
  }

  /** Asks the remote about tasks that will run and of which this checkout knows nothing. */
  prepare(tasks: readonly PlannedTask[]): void {
    this.#history.prefetch(tasks.filter(({ id }) => this.#options.states.load(id) === undefined).map(({ id }) => id));
  }

  /** Why a task that no store has runs, in one line. */
  async reasonOf(task: PlannedTask): Promise<string> {
    return this.damageOf(task.key) ?? missReason(task, await this.compare(task));
  }

  /** What makes the store's entry of the key unusable, where something does. */
  damageOf(key: CacheKey): string | undefined {
    return this.#damaged.get(key);
  }

  /** The nearest earlier result. A search that takes too long has found none: the task shall run. */
  async compare(task: PlannedTask): Promise<Comparison> {
    const { states, codec, stores } = this.#options;
    const giveUp = new AbortController();
    const signal = AbortSignal.any([...(this.#options.signal ? [this.#options.signal] : []), giveUp.signal]);
    const search = findReference(task, {
      states,
      codec,
      local: async (id) => (await stores()).local?.history(id, { limit: ENTRIES, signal }),
      remote: (id) => this.#history.of(id),
      signal,
    });
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<Comparison>((resolve) => {
      timer = setTimeout(() => {
        resolve(NOTHING);
        giveUp.abort();
      }, PATIENCE_MS);
    });
    try {
      return await Promise.race([search.catch((error: unknown) => unlessAborted(signal, error)), tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function unlessAborted(signal: AbortSignal, error: unknown): Comparison {
  if (signal.aborted) return NOTHING;
  throw error;
}
