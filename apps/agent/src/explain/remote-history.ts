import type { HistoryEntry } from '@velocity/client';

type Histories = ReadonlyMap<string, readonly HistoryEntry[]>;

/** What the remote knows of tasks' earlier results: asked for all of them at once, and at most once. */
export class RemoteHistory {
  readonly #fetch: (tasks: readonly string[]) => Promise<Histories | undefined>;
  readonly #batches = new Map<string, Promise<Histories | undefined>>();

  /** @param fetch undefined stands for no answer */
  constructor(fetch: (tasks: readonly string[]) => Promise<Histories | undefined>) {
    this.#fetch = fetch;
  }

  /** Asks now, so that the answer is there when it is wanted. */
  prefetch(tasks: readonly string[]): void {
    if (tasks.length === 0) return;
    const batch = this.#fetch(tasks);
    // Whoever waits for it is told; nobody may.
    batch.catch(() => undefined);
    for (const task of tasks) this.#batches.set(task, batch);
  }

  /** Undefined: there was no answer. */
  async of(task: string): Promise<readonly HistoryEntry[] | undefined> {
    if (!this.#batches.has(task)) this.prefetch([task]);
    const histories = await this.#batches.get(task);
    return histories && (histories.get(task) ?? []);
  }
}
