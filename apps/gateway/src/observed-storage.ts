import { errorMessage, isVelocityError, VelocityError } from '@velocity/core';
import type { ObjectBody, ObjectStat, SignedRequest, SignRequest, StorageDriver } from '@velocity/storage';
import type { Metrics } from './metrics.js';

export interface ObservedStorageOptions {
  readonly driver: StorageDriver;
  readonly metrics: Pick<Metrics, 'storageErrors'>;
  /** No small operation takes longer: a store that hangs is one that is down. */
  readonly timeoutMs: number;
  /** Largest document that `readSmall` takes. */
  readonly maxDocumentSize: number;
}

/**
 * The driver as the services use it: each operation has a deadline, each failure is counted and is a `VelocityError`.
 * Streams of blobs are not for it: those go to `driver`, with `failed` to count what goes wrong.
 */
export class ObservedStorage {
  readonly #options: ObservedStorageOptions;
  #driver: StorageDriver;

  constructor(options: ObservedStorageOptions) {
    this.#driver = options.driver;
    this.#options = options;
  }

  get driver(): StorageDriver {
    return this.#driver;
  }

  /** The same store, used as the probe found that it must be. */
  replaceDriver(driver: StorageDriver): void {
    this.#driver = driver;
  }

  stat(key: string): Promise<ObjectStat | undefined> {
    return this.#observe('stat', (signal) => this.driver.stat(key, { signal }));
  }

  /** The whole of a small object; undefined means absent, `too-large` that it is no document. */
  readSmall(key: string): Promise<Buffer | 'too-large' | undefined> {
    return this.#observe('read', async (signal) => {
      const body = await this.driver.read(key, { signal });
      if (body === undefined) return undefined;
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of body.chunks) {
        size += chunk.byteLength;
        if (size > this.#options.maxDocumentSize) return 'too-large';
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    });
  }

  /** The first keys that start with `prefix`, at most so many. */
  listFirst(prefix: string, limit: number): Promise<string[]> {
    return this.#observe('list', async (signal) => {
      const keys: string[] = [];
      for await (const { key } of this.driver.list({ prefix, limit, signal })) keys.push(key);
      return keys;
    });
  }

  /** A stream whose opening has the deadline; reading it has not. */
  open(key: string): Promise<ObjectBody | undefined> {
    return this.#observe('read', () => this.driver.read(key));
  }

  createSmall(key: string, content: Uint8Array, sha256: string): Promise<'created' | 'exists'> {
    return this.#observe('create', (signal) =>
      this.driver.create(key, [content], { size: content.byteLength, sha256, signal }),
    );
  }

  remove(key: string): Promise<void> {
    return this.#observe('remove', (signal) => this.driver.remove(key, { signal }));
  }

  async touch(key: string): Promise<void> {
    await this.#observe('touch', async (signal) => this.driver.touch?.(key, { signal }));
  }

  /** At once where the driver needs no credentials for it. */
  sign(request: SignRequest): SignedRequest | Promise<SignedRequest> {
    const { driver } = this;
    try {
      if (driver.sign === undefined) throw new Error(`the driver ${driver.name} cannot sign`);
      const signed = driver.sign(request);
      return 'then' in signed ? this.#withDeadline('sign', () => signed) : signed;
    } catch (error) {
      throw this.failed('sign', asOutage(error));
    }
  }

  /** Counts a failure of `operation` and passes it on. */
  failed(operation: string, error: unknown): unknown {
    const kind = isVelocityError(error) ? error.code.toLowerCase() : 'unexpected';
    this.#options.metrics.storageErrors.inc({ operation, kind });
    return error;
  }

  #observe<T>(operation: string, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = new AbortController();
    return this.#withDeadline(operation, () => body(deadline.signal), deadline);
  }

  async #withDeadline<T>(operation: string, work: () => Promise<T>, deadline?: AbortController): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    // A driver may be stuck where no signal reaches it: the race ends the wait in any case.
    const expiry = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const message = `${operation} took longer than ${this.#options.timeoutMs} ms`;
        const error = new VelocityError('STORAGE_UNAVAILABLE', message);
        reject(error);
        deadline?.abort(error);
      }, this.#options.timeoutMs);
    });
    try {
      return await Promise.race([work(), expiry]);
    } catch (error) {
      throw this.failed(operation, asOutage(error));
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A failure that a driver did not classify is an outage all the same: it must never read as "absent". */
function asOutage(error: unknown): unknown {
  if (isVelocityError(error) && error.code !== 'CANCELLED' && error.code !== 'TIMEOUT') return error;
  return new VelocityError('STORAGE_UNAVAILABLE', `storage failed: ${errorMessage(error)}`, { cause: error });
}
