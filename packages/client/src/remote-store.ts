import { formatSize, isVelocityError, VelocityError, type CacheKey } from '@velocity/core';
import type { FoundResult, NegotiateResult } from '@velocity/protocol';
import type {
  ArtifactHit,
  ArtifactStore,
  HistoryEntry,
  HistoryOptions,
  LookupOptions,
  SaveVerdict,
  StoredArtifact,
  StoreOptions,
} from './artifact-store.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import { DamageReports } from './damage-reports.js';
import type { HttpTimeouts } from './deadline.js';
import type { GatewayClient } from './gateway-client.js';
import { itemError } from './gateway-error.js';
import type { HttpAgents } from './http-request.js';
import { NegotiationQueue } from './negotiation-queue.js';
import { remoteHistory } from './remote-history.js';
import { isAnswerTo, remoteHit, type Download, type HitOptions } from './remote-hit.js';
import { isOutage } from './outage.js';
import type { RetryPolicy } from './retry.js';
import { BodyError } from './send-body.js';
import type { TransferOptions } from './transfer.js';
import { uploadArtifact } from './upload-artifact.js';

export interface RemoteStoreOptions {
  readonly gateway: GatewayClient;
  readonly breaker: CircuitBreaker;
  readonly agents: HttpAgents;
  /** For transfers: total is that of one request. */
  readonly timeouts: HttpTimeouts;
  readonly retry: RetryPolicy;
  readonly now: () => number;
  /** Artifacts larger than this are neither sent nor taken. */
  readonly maxArtifactBytes: number;
  /** Bytes as they travel, those of repeated attempts included. */
  readonly onBytes?: (direction: 'down' | 'up', bytes: number) => void;
}

/** Artifacts behind a gateway: it vends the URLs, the bytes go to storage and come from there. */
export class RemoteStore implements ArtifactStore {
  readonly #options: RemoteStoreOptions;
  readonly #uploads: NegotiationQueue;
  readonly #reports: DamageReports;
  #mayWrite = true;

  constructor(options: RemoteStoreOptions) {
    this.#options = options;
    this.#uploads = new NegotiationQueue((items, signal) => options.gateway.negotiate(items, signal));
    this.#reports = new DamageReports(options.gateway);
  }

  /** True once the remote was given up for this run. */
  get isOff(): boolean {
    return this.#options.breaker.isOpen;
  }

  /** One negotiation for all keys. A remote that fails has nothing: the breaker is told, the build goes on. */
  async lookup(keys: readonly CacheKey[], options: LookupOptions = {}): Promise<ReadonlyMap<CacheKey, ArtifactHit>> {
    const hits = new Map<CacheKey, ArtifactHit>();
    if (this.isOff || keys.length === 0) return hits;
    const results = await this.#negotiate(keys, options);
    let failure: VelocityError | undefined;
    for (const [index, key] of keys.entries()) {
      const result = results[index];
      const damage =
        result !== undefined && 'status' in result && result.status === 'missing' ? result.because : undefined;
      if (damage !== undefined) options.onDamaged?.(key, damage);
      const found = this.#foundIn(result, key);
      if (found instanceof VelocityError) failure ??= found;
      else if (found !== undefined) hits.set(key, this.#hit(key, found));
    }
    if (failure !== undefined) this.#options.breaker.failed(failure);
    else if (results.length > 0) this.#options.breaker.succeeded();
    return hits;
  }

  /**
   * Reads the artifact's blobs only as far as the storage does not have them.
   * @throws VelocityError `ARTIFACT_TOO_LARGE` for one over a limit; another when it could not be stored: the breaker was told. Whatever reading the artifact's blobs threw
   */
  async save(key: CacheKey, artifact: StoredArtifact, options: StoreOptions = {}): Promise<SaveVerdict> {
    if (!this.#mayWrite) return 'refused';
    assertSize(artifact, this.#options.maxArtifactBytes);
    this.#assertOn();
    const { gateway, breaker } = this.#options;
    const transfer = this.#transferOptions('up', options);
    try {
      const verdict = await uploadArtifact(key, artifact, { gateway, queue: this.#uploads, transfer });
      breaker.succeeded();
      return verdict;
    } catch (error) {
      if (error instanceof BodyError) throw error.cause;
      if (isVelocityError(error, 'ARTIFACT_TOO_LARGE')) throw error;
      if (isVelocityError(error, 'FORBIDDEN')) {
        this.#mayWrite = false;
        return 'refused';
      }
      this.#tell(error);
      throw error;
    }
  }

  /**
   * What tasks got lately, by their ids: scopes in the order in which the token reads them, the newest first in each, every key once. A
   * task that is not in the answer has no history here. A remote that fails has none at all, nor has a gateway that is older than this.
   */
  async history(
    tasks: readonly string[],
    { limit, signal }: HistoryOptions = {},
  ): Promise<ReadonlyMap<string, readonly HistoryEntry[]>> {
    const histories = new Map<string, readonly HistoryEntry[]>();
    if (this.isOff || tasks.length === 0) return histories;
    const { gateway, breaker } = this.#options;
    let failure: VelocityError | undefined;
    try {
      const items = tasks.map((task) => ({ task, ...(limit !== undefined && { limit }) }));
      const answers = (await gateway.history(items, signal)) ?? [];
      for (const [index, answer] of answers.entries()) {
        const task = tasks[index] as string;
        const entries = remoteHistory(task, answer, this.#hitOptions());
        if (entries instanceof VelocityError) failure ??= entries;
        else if (entries.length > 0) histories.set(task, entries);
      }
    } catch (error) {
      if (!isVelocityError(error)) throw error;
      failure = error;
    }
    if (failure === undefined) breaker.succeeded();
    else this.#tell(failure);
    return histories;
  }

  /** Undefined: it is not there, or is not to be taken. */
  #foundIn(result: NegotiateResult | undefined, key: CacheKey): FoundResult | VelocityError | undefined {
    const { gateway, maxArtifactBytes } = this.#options;
    if (result === undefined) return undefined;
    if ('error' in result) return itemError(gateway.origin, result);
    if (result.status === 'missing') return undefined;
    if (result.status !== 'found' || !isAnswerTo(key, result)) {
      return new VelocityError('PROTOCOL', `${gateway.origin} answered a download with something else`);
    }
    return sizeOf(result.record.artifact) <= maxArtifactBytes ? result : undefined;
  }

  #hit(key: CacheKey, found: FoundResult): ArtifactHit {
    return remoteHit(key, found, this.#hitOptions());
  }

  #hitOptions(): HitOptions {
    return {
      gateway: this.#options.gateway,
      transfer: (options) => this.#transferOptions('down', options),
      observe: (chunks, download) => this.#observed(chunks, download),
      onForeign: (key, artifact, signal) => this.#reports.tellForeign(key, artifact, signal),
    };
  }

  async *#observed(chunks: AsyncIterable<Uint8Array>, download: Download): AsyncGenerator<Uint8Array> {
    this.#assertOn();
    try {
      yield* chunks;
    } catch (error) {
      this.#tell(error);
      const { key, blob, signal } = download;
      // Before the caller goes on: the upload that follows its miss must find the place free.
      if (isVelocityError(error, 'ARTIFACT_CORRUPT')) await this.#reports.tell(key, blob.digest, signal);
      throw error;
    }
    this.#options.breaker.succeeded();
  }

  #assertOn(): void {
    if (this.isOff) throw new VelocityError('GATEWAY_UNAVAILABLE', 'the remote is off for this run');
  }

  #transferOptions(direction: 'down' | 'up', { signal }: StoreOptions): TransferOptions {
    const { agents, timeouts, retry, now, onBytes } = this.#options;
    return { agents, timeouts, retry, now, signal, onBytes: (bytes) => onBytes?.(direction, bytes) };
  }

  /** A negotiation that fails after its retries means that nothing else will work: the remote is off, and has nothing. */
  async #negotiate(keys: readonly CacheKey[], { signal }: StoreOptions): Promise<readonly NegotiateResult[]> {
    const items = keys.map((hash) => ({ hash, action: 'download' as const }));
    try {
      return await this.#options.gateway.negotiate(items, signal);
    } catch (error) {
      if (!isVelocityError(error)) throw error;
      if (!isVelocityError(error, 'CANCELLED')) this.#options.breaker.failed(error, true);
      return [];
    }
  }

  #tell(error: unknown): void {
    if (isOutage(error)) this.#options.breaker.failed(error, isVelocityError(error, 'UNAUTHORIZED'));
  }
}

function sizeOf({ blobs }: { readonly blobs: readonly { readonly size: number }[] }): number {
  return blobs.reduce((sum, { size }) => sum + size, 0);
}

/** @throws VelocityError `ARTIFACT_TOO_LARGE` */
function assertSize({ description }: StoredArtifact, maxBytes: number): void {
  const size = sizeOf(description);
  if (size <= maxBytes) return;
  throw new VelocityError(
    'ARTIFACT_TOO_LARGE',
    `${description.task} has ${formatSize(size)}, more than ${formatSize(maxBytes)}`,
    {
      hint: 'raise remote.max_artifact_size, or leave something out of its outputs',
    },
  );
}
