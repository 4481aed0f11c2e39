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

export type Operation = 'stat' | 'read' | 'create' | 'remove' | 'touch' | 'list';
type Fault = 'outage' | 'hang' | 'bug';

/** A driver that counts its calls and fails on demand. */
export class WatchedDriver implements StorageDriver {
  readonly calls: { readonly operation: Operation; readonly key: string }[] = [];
  readonly #driver: StorageDriver;
  readonly #faults = new Map<Operation, { readonly fault: Fault; readonly part: string }>();
  /** `stat` as it was before {@link rot}: a store that computed a checksum when the bytes came still has it. */
  readonly #rotten = new Map<string, ObjectStat>();
  /** Whether `stat` says what SHA-256 the store computed. */
  vouches = true;
  signs = 0;
  /** Called when a body was opened, before it is handed out. */
  onOpened: ((key: string) => Promise<void>) | undefined;

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
    this.#faults.set(operation, { fault, part: '' });
  }

  /** Only where the key has this in it. */
  failFor(operation: Operation, part: string): void {
    this.#faults.set(operation, { fault: 'outage', part });
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

  /** Changes the bytes behind the store's back. */
  async rot(key: string, bytes: Uint8Array): Promise<void> {
    const before = await this.#driver.stat(key);
    if (before === undefined) throw new Error(`${key} is not there`);
    await this.#driver.remove(key);
    await this.#driver.create(key, [bytes], { size: bytes.byteLength });
    this.#rotten.set(key, { ...before, size: bytes.byteLength });
  }

  async stat(key: string, options?: OperationOptions): Promise<ObjectStat | undefined> {
    await this.#enter('stat', key);
    const stat = this.#rotten.get(key) ?? (await this.#driver.stat(key, options));
    if (stat === undefined || this.vouches) return stat;
    const { sha256: _unsaid, ...rest } = stat;
    return rest;
  }

  async read(key: string, options?: OperationOptions): Promise<ObjectBody | undefined> {
    await this.#enter('read', key);
    const body = await this.#driver.read(key, options);
    await this.onOpened?.(key);
    return body;
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
    this.#rotten.delete(key);
    await this.#driver.remove(key, options);
  }

  async *list(options?: ListOptions): AsyncGenerator<ObjectStat> {
    await this.#enter('list', options?.prefix ?? '');
    yield* this.#driver.list(options);
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
    const { fault, part = '' } = this.#faults.get(operation) ?? {};
    if (!key.includes(part)) return;
    if (fault === 'hang') await new Promise(() => undefined);
    if (fault === 'bug') throw new TypeError('secret inside: /srv/store');
    if (fault === 'outage') throw new VelocityError('STORAGE_UNAVAILABLE', 'connect ECONNREFUSED 10.1.2.3:9000');
  }
}
