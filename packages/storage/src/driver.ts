/** What a driver can do beyond the five verbs; tests and callers ask instead of trying. */
export interface DriverSupports {
  /** `sign` vends URLs that a client can use without credentials. */
  readonly sign: boolean;
  /** `touch` marks an object as used, so that eviction can tell what is not. */
  readonly touch: boolean;
  /** `create` is atomic between processes, not only within this one. */
  readonly atomicCreate: boolean;
}

export interface OperationOptions {
  readonly signal?: AbortSignal;
}

export interface ObjectStat {
  readonly key: string;
  readonly size: number;
  /** When it was last written or touched, in milliseconds since 1970. */
  readonly modifiedAtMs: number;
  /** SHA-256 of the content as the store itself vouches for it, 64 hexadecimal digits; absent where it does not. */
  readonly sha256?: string;
}

export interface ObjectBody {
  readonly size: number;
  /** May be iterated once; stopping early frees what is behind it. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** In place of `chunks`, where the driver can read into memory of the caller's. */
  readonly reader?: BodyReader;
}

export interface BodyReader {
  /** Fills what it can of `into` with what comes next; at least one byte, of which there must be one left. One call at a time. */
  read(into: Uint8Array): Promise<number>;
  /** Not while a `read` is under way. */
  close(): Promise<void>;
}

export interface CreateOptions extends OperationOptions {
  /** Exact length in bytes. A body that is longer or shorter is refused and leaves nothing. */
  readonly size: number;
  /** SHA-256 of the body; another body is refused and leaves nothing. */
  readonly sha256?: string;
}

/** What a client may do with one object, for a while, without credentials of its own. */
export interface SignRequest {
  readonly method: 'GET' | 'PUT';
  readonly key: string;
  readonly lifetimeMs: number;
  /** For PUT: exactly these bytes and no others. */
  readonly body?: { readonly size: number; readonly sha256: string };
}

export interface SignedRequest {
  readonly method: 'GET' | 'PUT';
  readonly url: string;
  /** The client must send these verbatim. */
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAtMs: number;
}

export interface ListOptions extends OperationOptions {
  /** Only keys that start with this. */
  readonly prefix?: string;
  /** The first so many of them. A store is asked for no more than that. */
  readonly limit?: number;
}

/** What interrupted writers left behind. */
export interface Leftovers {
  readonly count: number;
  readonly bytes: number;
}

/**
 * Where bytes live. Keys are `/`-joined segments of `[A-Za-z0-9._-]`, none of them `.` or `..`.
 *
 * Absent and broken are different: `undefined` and `exists` are answers; an outage throws `STORAGE_UNAVAILABLE`, a full store
 * `STORAGE_FULL`, a wrong key `DRIVER_KEY_INVALID`, a body that is not what was announced `INTEGRITY`. What the body's own source throws, and the
 * reason of an aborted signal, are passed on as they are.
 */
export interface StorageDriver extends AsyncDisposable {
  readonly name: string;
  readonly supports: DriverSupports;
  /** Undefined means absent, and only that. */
  stat(key: string, options?: OperationOptions): Promise<ObjectStat | undefined>;
  read(key: string, options?: OperationOptions): Promise<ObjectBody | undefined>;
  /**
   * The object appears whole or not at all. The first writer wins: there is no way to overwrite. The body of one who comes too late may
   * stay unread; closing it is the caller's.
   */
  create(
    key: string,
    body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options: CreateOptions,
  ): Promise<'created' | 'exists'>;
  /** Removing what is absent is no error. */
  remove(key: string, options?: OperationOptions): Promise<void>;
  /** In the order of the keys' code units where the store has an order; every object that is there from start to end is listed once. */
  list(options?: ListOptions): AsyncIterable<ObjectStat>;
  /** Marks an object as used now; absent is no error. Only where `supports.touch`. */
  touch?(key: string, options?: OperationOptions): Promise<void>;
  /** Only where `supports.sign`. Makes no request to the store; a promise where credentials have to be had first. */
  sign?(request: SignRequest): SignedRequest | Promise<SignedRequest>;
  /** Only where writers that are killed leave something that nobody can see: counts what is older than `beforeMs`. */
  findLeftovers?(beforeMs: number, options?: OperationOptions): Promise<Leftovers>;
  /** The same, and removes it. */
  removeLeftovers?(beforeMs: number, options?: OperationOptions): Promise<Leftovers>;
}
