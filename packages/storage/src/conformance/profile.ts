import type { DriverSupports, StorageDriver } from '../driver.js';

/** What the suite is given to test: one driver over a store that no other test looks at below `prefix`. */
export interface ConformanceTarget extends AsyncDisposable {
  readonly driver: StorageDriver;
  /** The start of every key the test uses: empty, or ending in `/`. */
  readonly prefix: string;
  /** Opens the same store once more, as another process would. The suite disposes of it. */
  readonly another?: () => Promise<StorageDriver>;
  /** From now on the store is out of reach for `driver`. */
  readonly breakStore?: () => Promise<void>;
}

export type Verdict = 'refused' | 'accepted';

/** What a store does with signed PUTs that are not what was signed. A `refused` one must also leave nothing. */
export interface SignedPutProfile {
  /** As long as announced, other bytes. */
  readonly wrongBody: Verdict;
  readonly longerBody: Verdict;
  readonly shorterBody: Verdict;
  /** A signed header other than Content-Length is missing. */
  readonly droppedHeader: Verdict;
  /** The same request again, when the object is there. */
  readonly overwrite: Verdict;
}

/**
 * What one kind of store keeps of what one may hope for. The suite asserts both ways: a store that turns out better or worse than its
 * profile says fails a test.
 */
export interface StoreProfile {
  readonly name: string;
  readonly supports: DriverSupports;
  /** `stat` says the content's SHA-256. */
  readonly vouchesForDigest: boolean;
  /** Whose clock stamps objects that are touched. */
  readonly stampsBy: 'driver' | 'store';
  /** Required where `supports.sign`. */
  readonly signedPut?: SignedPutProfile;
  /** Also list more keys than one page of S3 holds: slow on real stores. Default: false. */
  readonly listsManyKeys?: boolean;
}

export interface ConformanceOptions {
  /** The runner's `test` or `it`. */
  readonly test: (name: string, body: () => Promise<void>) => void;
  /** Called for each test; `now` is the clock that the driver must use. */
  readonly createDriver: (options: { readonly now: () => number }) => Promise<ConformanceTarget>;
  readonly profile: StoreProfile;
  /** Milliseconds since 1970, of the real clock: signed requests meet the store's own. */
  readonly now: () => number;
}
