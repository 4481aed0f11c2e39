export interface LruCacheOptions {
  /** Entries are dropped once their weights add up to more: the oldest of those that were not used since the last time round. */
  readonly maxWeight: number;
  /** An entry is forgotten this long after it was put. */
  readonly ttlMs: number;
  readonly now: () => number;
}

interface Entry<V> {
  readonly value: V;
  readonly weight: number;
  readonly expiresAtMs: number;
  isUsed: boolean;
}

/** Bounded by weight and age. */
export class LruCache<V> {
  // A Map iterates in the order of insertion. Re-inserting on each use would make it the order of use, and cost a tenth of an answer.
  readonly #entries = new Map<string, Entry<V>>();
  readonly #options: LruCacheOptions;
  #weight = 0;

  constructor(options: LruCacheOptions) {
    this.#options = options;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAtMs <= this.#options.now()) {
      this.delete(key);
      return undefined;
    }
    entry.isUsed = true;
    return entry.value;
  }

  put(key: string, value: V, weight: number): void {
    this.delete(key);
    if (weight > this.#options.maxWeight) return;
    // Before it is among them, so that it is not the one to go where all others are in use.
    this.#makeRoom(this.#options.maxWeight - weight);
    this.#entries.set(key, { value, weight, expiresAtMs: this.#options.now() + this.#options.ttlMs, isUsed: false });
    this.#weight += weight;
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#weight -= entry.weight;
  }

  clear(): void {
    this.#entries.clear();
    this.#weight = 0;
  }

  #makeRoom(maxWeight: number): void {
    for (const [oldest, entry] of this.#entries) {
      if (this.#weight <= maxWeight) return;
      if (entry.isUsed) this.#reprieve(oldest, entry);
      else this.delete(oldest);
    }
  }

  /** Puts it behind all others; a second time round it goes unless it was used again. */
  #reprieve(key: string, entry: Entry<V>): void {
    entry.isUsed = false;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }
}
