import type { CacheRecord, FoundResult, NegotiateResult } from '@velocity/protocol';

/** How long an answer is given again: its URLs have lost that much of their life at most. */
const REPEATED_FOR_MS = 30_000;

export interface VendedAnswer {
  readonly result: FoundResult;
  readonly sizeBytes: number;
}

interface Remembered extends VendedAnswer {
  readonly repeatUntilMs: number;
}

/**
 * What was answered for a record within the last half minute, signed and written already: a fleet of builds asks for the same records at
 * once, and with neither signing nor writing a known one costs 5 us in a batch instead of 15. The URLs are good for the same blobs to
 * everyone who may read the record; who may is decided before. Ends with the record object, so that nothing outlives its place in the cache of records.
 */
export class VendedAnswers {
  readonly #now: () => number;
  readonly #byRecord = new WeakMap<CacheRecord, Remembered>();
  readonly #texts = new WeakMap<NegotiateResult, string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  get(record: CacheRecord): VendedAnswer | undefined {
    const remembered = this.#byRecord.get(record);
    return remembered !== undefined && this.#now() < remembered.repeatUntilMs ? remembered : undefined;
  }

  /** `urlsExpireAtMs` is the first of them; of a life of `lifetimeMs`, unless the credentials end sooner: then it is not given again. */
  remember(
    record: CacheRecord,
    answer: VendedAnswer,
    { urlsExpireAtMs, lifetimeMs }: { readonly urlsExpireAtMs: number; readonly lifetimeMs: number },
  ): void {
    const repeatUntilMs = urlsExpireAtMs - lifetimeMs + REPEATED_FOR_MS;
    this.#byRecord.set(record, { ...answer, repeatUntilMs });
    this.#texts.set(answer.result, JSON.stringify(answer.result));
  }

  /** A result as JSON. */
  textOf(result: NegotiateResult): string {
    return this.#texts.get(result) ?? JSON.stringify(result);
  }
}
