export interface LruCacheOptions {
  /** Entries are dropped, the longest unused first, once their weights add up to more. */
  readonly maxWeight: number;
  /** An entry is forgotten this long after it was put. */
  readonly ttlMs: number;
  readonly now: () => number;
}

interface Entry<V> {
  readonly value: V;
  readonly weight: number;
  readonly expiresAtMs: number;
}

/** Bounded by weight and age. */
export class LruCache<V> {
  // A Map iterates in the order of insertion: re-inserting on use makes it the order of use.
  readonly #entries = new Map<string, Entry<V>>();
  readonly #options: LruCacheOptions;
  #weight = 0;

  constructor(options: LruCacheOptions) {
    this.#options = options;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.expiresAtMs <= this.#options.now()) {
      this.#weight -= entry.weight;
      return undefined;
    }
    this.#entries.set(key, entry);
    return entry.value;
  }

  put(key: string, value: V, weight: number): void {
    this.delete(key);
    if (weight > this.#options.maxWeight) return;
    this.#entries.set(key, { value, weight, expiresAtMs: this.#options.now() + this.#options.ttlMs });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#options.maxWeight) return;
      this.delete(oldest);
    }
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
}
