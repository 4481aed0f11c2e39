import { isVelocityError, mapBounded, VelocityError, type CacheKey } from '@velocity/core';
import type { FoundResult, NegotiateResult, UploadNeededResult } from '@velocity/protocol';
import type { ArtifactHit, ArtifactStore, SaveVerdict, StoredArtifact, StoreOptions } from './artifact-store.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import { gatewayError, type GatewayClient } from './gateway-client.js';
import type { HttpAgents, HttpTimeouts } from './http-request.js';
import { NegotiationQueue } from './negotiation-queue.js';
import { RetryableError, withRetry, type RetryPolicy } from './retry.js';
import { downloadBlob, uploadBlob, type TransferOptions, type TransferTarget } from './transfer.js';

export interface RemoteStoreOptions {
  readonly gateway: GatewayClient;
  readonly breaker: CircuitBreaker;
  readonly agents: HttpAgents;
  /** For transfers: total is that of one blob. */
  readonly timeouts: HttpTimeouts;
  readonly retry: RetryPolicy;
  readonly now: () => number;
  /** Artifacts larger than this are neither sent nor taken. */
  readonly maxArtifactBytes: number;
  readonly onBytes?: (direction: 'down' | 'up', bytes: number) => void;
}

const PARALLEL_BLOBS = 4;

/** Artifacts behind a gateway: it vends the URLs, the bytes go to storage and come from there. */
export class RemoteStore implements ArtifactStore {
  readonly #options: RemoteStoreOptions;
  readonly #uploads: NegotiationQueue;

  constructor(options: RemoteStoreOptions) {
    this.#options = options;
    this.#uploads = new NegotiationQueue((items) => options.gateway.negotiate(items));
  }

  /** True once the remote was given up for this run. */
  get isOff(): boolean {
    return this.#options.breaker.isOpen;
  }

  /** One negotiation for all keys. A remote that fails has nothing: the breaker is told, the build goes on. */
  async lookup(keys: readonly CacheKey[], options: StoreOptions = {}): Promise<ReadonlyMap<CacheKey, ArtifactHit>> {
    const { gateway, maxArtifactBytes } = this.#options;
    const hits = new Map<CacheKey, ArtifactHit>();
    if (this.isOff || keys.length === 0) return hits;
    const items = keys.map((hash) => ({ hash, action: 'download' as const }));
    const results = await this.#negotiate(() => gateway.negotiate(items, options.signal));
    for (const [index, key] of keys.entries()) {
      const result = results?.[index];
      if (result === undefined) continue;
      if ('error' in result) this.#options.breaker.failed(gatewayError(gateway.origin, 503, result), true);
      else if (result.status === 'found' && isAnswerTo(key, result) && totalSize(result) <= maxArtifactBytes) {
        hits.set(key, this.#hit(key, result));
      }
    }
    return hits;
  }

  /** @throws VelocityError when it could not be stored; the breaker was told */
  async save(key: CacheKey, artifact: StoredArtifact, options: StoreOptions = {}): Promise<SaveVerdict> {
    const { description } = artifact;
    if (this.isOff) throw new VelocityError('GATEWAY_UNAVAILABLE', 'the remote is off for this run');
    const size = description.blobs.reduce((sum, blob) => sum + blob.size, 0);
    if (size > this.#options.maxArtifactBytes) return 'refused';
    return this.#reported(async () => {
      const result = await this.#uploads.ask({ hash: key, action: 'upload', artifact: description });
      if ('error' in result) throw refusal(this.#options.gateway.origin, result);
      if (result.status === 'skipped') return 'exists';
      if (result.status !== 'upload_needed')
        throw new VelocityError('PROTOCOL', `an upload was answered with ${result.status}`);
      await this.#putBlobs(artifact, result, options);
      const { status } = await this.#options.gateway.commit(result.ticket, options.signal);
      return status === 'stored' ? 'saved' : 'divergent';
    });
  }

  async #putBlobs(artifact: StoredArtifact, answer: UploadNeededResult, options: StoreOptions): Promise<void> {
    const { blobs } = artifact.description;
    if (answer.blobs.length !== blobs.length)
      throw new VelocityError('PROTOCOL', 'the gateway answered for other blobs');
    await mapBounded(blobs.entries(), PARALLEL_BLOBS, async ([index, blob]) => {
      const target = answer.blobs[index];
      if (target?.digest !== blob.digest) throw new VelocityError('PROTOCOL', 'the gateway answered for other blobs');
      if ('have' in target) return;
      const open = (): Promise<AsyncIterable<Uint8Array>> => artifact.openBlob(index, options);
      const transfer = this.#transferOptions('up', options);
      await withRetry(this.#options.retry, () => uploadBlob(blob, target, open, transfer), options.signal);
    });
  }

  #hit(key: CacheKey, found: FoundResult): ArtifactHit {
    const { artifact, writer, scope, createdAt } = found.record;
    let targets: readonly TransferTarget[] = found.blobs;
    return {
      tier: 'remote',
      description: artifact,
      origin: { writer, scope, createdAt },
      openBlob: async (index, options = {}) => {
        const blob = artifact.blobs[index];
        if (blob === undefined) throw new VelocityError('PROTOCOL', `no blob ${index}`);
        const open = (): Promise<AsyncIterable<Uint8Array>> => {
          const target = targets[index] as TransferTarget;
          return this.#open(() => downloadBlob(blob, target, this.#transferOptions('down', options)), options);
        };
        try {
          return await open();
        } catch (error) {
          if (!isVelocityError(error, 'GATEWAY_REFUSED')) throw error;
          // A long run outlives its URLs: ask once more.
          targets = (await this.#renegotiate(key, options)) ?? targets;
          return open();
        }
      },
    };
  }

  /** Retries until the first bytes arrive; what breaks later is for the caller to retry as a whole. */
  async #open(start: () => AsyncGenerator<Uint8Array>, options: StoreOptions): Promise<AsyncIterable<Uint8Array>> {
    return this.#reported(async () => {
      const { chunks, first } = await withRetry(
        this.#options.retry,
        async () => {
          const chunks = start();
          return { chunks, first: await chunks.next() };
        },
        options.signal,
      );
      return resume(first, chunks);
    });
  }

  async #renegotiate(key: CacheKey, options: StoreOptions): Promise<readonly TransferTarget[] | undefined> {
    const [result] = await this.#options.gateway.negotiate([{ hash: key, action: 'download' }], options.signal);
    return result !== undefined && 'status' in result && result.status === 'found' ? result.blobs : undefined;
  }

  #transferOptions(direction: 'down' | 'up', options: StoreOptions): TransferOptions {
    const { agents, timeouts, now, onBytes } = this.#options;
    return { agents, timeouts, now, signal: options.signal, onBytes: (bytes) => onBytes?.(direction, bytes) };
  }

  /** A negotiation that fails after its retries means that nothing else will work: the remote is off, and has nothing. */
  async #negotiate<T>(body: () => Promise<T>): Promise<T | undefined> {
    try {
      return await body();
    } catch (error) {
      if (!isVelocityError(error)) throw error;
      if (!isVelocityError(error, 'CANCELLED')) this.#options.breaker.failed(error, true);
      return undefined;
    }
  }

  async #reported<T>(body: () => Promise<T>): Promise<T> {
    try {
      const result = await body();
      this.#options.breaker.succeeded();
      return result;
    } catch (error) {
      if (isOutage(error)) this.#options.breaker.failed(error, isVelocityError(error, 'UNAUTHORIZED'));
      throw error;
    }
  }
}

/** A broken artifact or a refused permission says nothing about the remote's health. */
function isOutage(error: unknown): boolean {
  const codes = [
    'GATEWAY_UNAVAILABLE',
    'STORAGE_UNAVAILABLE',
    'STORAGE_FULL',
    'TIMEOUT',
    'UNAUTHORIZED',
    'PROTOCOL',
  ] as const;
  return codes.some((code) => isVelocityError(error, code));
}

function refusal(origin: string, result: Extract<NegotiateResult, { error: unknown }>): VelocityError {
  const { code, retryable } = result.error;
  return gatewayError(origin, code === 'FORBIDDEN' ? 403 : retryable ? 503 : 400, result);
}

/** The record must be for the key that was asked and name the blobs that the URLs are for. */
function isAnswerTo(key: CacheKey, found: FoundResult): boolean {
  const { blobs } = found.record.artifact;
  return (
    found.record.key === key &&
    blobs.length === found.blobs.length &&
    blobs.every((blob, index) => blob.digest === found.blobs[index]?.digest)
  );
}

function totalSize(found: FoundResult): number {
  return found.record.artifact.blobs.reduce((sum, blob) => sum + blob.size, 0);
}

async function* resume(
  first: IteratorResult<Uint8Array>,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    if (first.done !== true) yield first.value;
    yield* rest;
  } catch (error) {
    throw error instanceof RetryableError ? error.cause : error;
  }
}
