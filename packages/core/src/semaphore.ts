/** Bounds how much runs at once. Waiters are served in order. */
export class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(permits: number) {
    this.#free = permits;
  }

  /** Runs `body` once a permit is free, and gives it back whatever happens. */
  async run<T>(body: () => Promise<T>): Promise<T> {
    await this.#acquire();
    try {
      return await body();
    } finally {
      this.#release();
    }
  }

  #acquire(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}

/** `Promise.all` over `items` with at most `limit` bodies running; the first failure rejects after those running have ended. */
export async function mapBounded<T, R>(
  items: Iterable<T>,
  limit: number,
  body: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const queue = [...items];
  const results: R[] = Array.from({ length: queue.length });
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    while (next < queue.length && failure === undefined) {
      const index = next++;
      try {
        results[index] = await body(queue[index] as T, index);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, queue.length) }, worker));
  if (failure !== undefined) throw failure.error;
  return results;
}
