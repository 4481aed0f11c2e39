import { VelocityError } from '@velocity/core';
import type {
  CreateOptions,
  ListOptions,
  ObjectBody,
  ObjectStat,
  OperationOptions,
  SignedRequest,
  SignRequest,
  StorageDriver,
} from '@velocity/storage';

export type Operation = 'stat' | 'read' | 'create' | 'remove' | 'touch';
type Fault = 'outage' | 'hang' | 'bug';

/** A driver that counts its calls and fails on demand. */
export class WatchedDriver implements StorageDriver {
  readonly calls: { readonly operation: Operation; readonly key: string }[] = [];
  readonly #driver: StorageDriver;
  readonly #faults = new Map<Operation, Fault>();
  /** Whether `stat` says what SHA-256 the store computed. */
  vouches = true;
  signs = 0;

  constructor(driver: StorageDriver) {
    this.#driver = driver;
  }

  get name(): string {
    return this.#driver.name;
  }

  get supports(): StorageDriver['supports'] {
    return this.#driver.supports;
  }

  fail(operation: Operation, fault: Fault = 'outage'): void {
    this.#faults.set(operation, fault);
  }

  heal(): void {
    this.#faults.clear();
  }

  forgetCalls(): void {
    this.calls.length = 0;
  }

  count(operation: Operation, part = ''): number {
    return this.calls.filter((call) => call.operation === operation && call.key.includes(part)).length;
  }

  async stat(key: string, options?: OperationOptions): Promise<ObjectStat | undefined> {
    await this.#enter('stat', key);
    const stat = await this.#driver.stat(key, options);
    if (stat === undefined || this.vouches) return stat;
    const { sha256: _unsaid, ...rest } = stat;
    return rest;
  }

  async read(key: string, options?: OperationOptions): Promise<ObjectBody | undefined> {
    await this.#enter('read', key);
    return this.#driver.read(key, options);
  }

  async create(
    key: string,
    body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options: CreateOptions,
  ): Promise<'created' | 'exists'> {
    await this.#enter('create', key);
    return this.#driver.create(key, body, options);
  }

  async remove(key: string, options?: OperationOptions): Promise<void> {
    await this.#enter('remove', key);
    await this.#driver.remove(key, options);
  }

  list(options?: ListOptions): AsyncIterable<ObjectStat> {
    return this.#driver.list(options);
  }

  async touch(key: string, options?: OperationOptions): Promise<void> {
    await this.#enter('touch', key);
    await this.#driver.touch?.(key, options);
  }

  async sign(request: SignRequest): Promise<SignedRequest> {
    this.signs += 1;
    if (this.#driver.sign === undefined) throw new Error('cannot sign');
    return this.#driver.sign(request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#driver[Symbol.asyncDispose]();
  }

  async #enter(operation: Operation, key: string): Promise<void> {
    this.calls.push({ operation, key });
    const fault = this.#faults.get(operation);
    if (fault === 'hang') await new Promise(() => undefined);
    if (fault === 'bug') throw new TypeError('secret inside: /srv/store');
    if (fault === 'outage') throw new VelocityError('STORAGE_UNAVAILABLE', 'connect ECONNREFUSED 10.1.2.3:9000');
  }
}
