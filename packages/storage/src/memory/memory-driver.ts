import { digestOf, VelocityError } from '@velocity/core';
import { type BodySource, collectBody } from '../checked-body.js';
import type {
  CreateOptions,
  DriverSupports,
  ListOptions,
  ObjectBody,
  ObjectStat,
  OperationOptions,
  SignedRequest,
  SignRequest,
  StorageDriver,
} from '../driver.js';
import { assertObjectKey } from '../object-key-syntax.js';
import type { UrlSigner } from '../url-signer.js';

export interface MemoryDriverOptions {
  /** Milliseconds since 1970; what objects are stamped with. */
  readonly now: () => number;
  /** Makes `sign` work; its gateway must serve the URLs. */
  readonly signer?: UrlSigner;
  /** Beyond this many bytes of content, `create` throws `STORAGE_FULL`. Default: no limit. */
  readonly maxBytes?: number;
}

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  modifiedAtMs: number;
}

/** Keeps objects in this process; they end with it. For tests and for trying things out. */
export class MemoryDriver implements StorageDriver {
  readonly name = 'memory';
  readonly supports: DriverSupports;
  readonly sign?: (request: SignRequest) => SignedRequest;
  readonly #objects = new Map<string, StoredObject>();
  readonly #options: MemoryDriverOptions;
  #bytes = 0;

  static open(options: MemoryDriverOptions): Promise<MemoryDriver> {
    return Promise.resolve(new MemoryDriver(options));
  }

  private constructor(options: MemoryDriverOptions) {
    const { signer } = options;
    this.#options = options;
    if (signer !== undefined) this.sign = (request) => signer.sign(request, options.now());
    this.supports = { sign: signer !== undefined, touch: true, atomicCreate: true };
  }

  async stat(key: string, options: OperationOptions = {}): Promise<ObjectStat | undefined> {
    const found = this.#find(key, options);
    return found === undefined ? undefined : describe(key, found);
  }

  async read(key: string, options: OperationOptions = {}): Promise<ObjectBody | undefined> {
    const found = this.#find(key, options);
    if (found === undefined) return undefined;
    return { size: found.bytes.byteLength, chunks: once(found.bytes) };
  }

  async create(key: string, body: BodySource, options: CreateOptions): Promise<'created' | 'exists'> {
    if (this.#find(key, options) !== undefined) return 'exists';
    const bytes = await collectBody(key, body, options);
    // Another writer may have come first while the body arrived.
    if (this.#objects.has(key)) return 'exists';
    if (this.#bytes + bytes.byteLength > (this.#options.maxBytes ?? Number.POSITIVE_INFINITY)) {
      throw new VelocityError('STORAGE_FULL', `${key}: no room for ${bytes.byteLength} bytes in memory`);
    }
    this.#bytes += bytes.byteLength;
    this.#objects.set(key, { bytes, sha256: digestOf(bytes), modifiedAtMs: this.#options.now() });
    return 'created';
  }

  async remove(key: string, options: OperationOptions = {}): Promise<void> {
    const found = this.#find(key, options);
    if (found === undefined) return;
    this.#bytes -= found.bytes.byteLength;
    this.#objects.delete(key);
  }

  async *list(options: ListOptions = {}): AsyncGenerator<ObjectStat> {
    const { prefix = '', limit = Number.POSITIVE_INFINITY, signal } = options;
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    let left = limit;
    for (const key of keys) {
      signal?.throwIfAborted();
      const found = left > 0 ? this.#objects.get(key) : undefined;
      if (found === undefined) continue;
      left -= 1;
      yield describe(key, found);
    }
  }

  async touch(key: string, options: OperationOptions = {}): Promise<void> {
    const found = this.#find(key, options);
    if (found !== undefined) found.modifiedAtMs = this.#options.now();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#objects.clear();
    this.#bytes = 0;
  }

  #find(key: string, options: OperationOptions): StoredObject | undefined {
    assertObjectKey(key);
    options.signal?.throwIfAborted();
    return this.#objects.get(key);
  }
}

function describe(key: string, { bytes, sha256, modifiedAtMs }: StoredObject): ObjectStat {
  return { key, size: bytes.byteLength, modifiedAtMs, sha256 };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  // A copy: what is stored must not change under the reader's hands.
  if (bytes.byteLength > 0) yield Uint8Array.from(bytes);
}
