import { isVelocityError, type CacheKey, type Digest } from '@velocity/core';
import type { ArtifactDescription, ReportRequest } from '@velocity/protocol';
import type { GatewayClient } from './gateway-client.js';
import { RefusedError } from './refused-error.js';

/**
 * Tells the gateway of blobs that came with other bytes than their names say, and of records whose artifact is another one than they say,
 * each once, so that it takes them away and the next upload puts a good one in their place.
 */
export class DamageReports {
  readonly #gateway: Pick<GatewayClient, 'report'>;
  readonly #told = new Set<Digest>();
  #isOver = false;
  #isOverForHeads = false;

  constructor(gateway: Pick<GatewayClient, 'report'>) {
    this.#gateway = gateway;
  }

  /**
   * Resolves when the gateway has answered, so that an upload which comes after it finds the place free. One that does not answer is not
   * told anything again: at most one such wait.
   */
  async tell(key: CacheKey, digest: Digest, signal?: AbortSignal): Promise<void> {
    if (this.#isOver || this.#told.has(digest)) return;
    this.#told.add(digest);
    await this.#send({ key, blobs: [digest] }, signal);
  }

  /** As {@link tell}, of an artifact as a whole; not where one of its blobs explains what was found. */
  async tellForeign(key: CacheKey, { blobs }: Pick<ArtifactDescription, 'blobs'>, signal?: AbortSignal): Promise<void> {
    const [head] = blobs;
    if (head === undefined || this.#isOver || this.#isOverForHeads) return;
    if (blobs.some(({ digest }) => this.#told.has(digest))) return;
    this.#told.add(head.digest);
    await this.#send({ key, head: head.digest }, signal);
  }

  async #send(request: ReportRequest, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#gateway.report(request, signal);
    } catch (error) {
      // A gateway that is older than reports, or away: it stays a miss, as it is already.
      if (!isVelocityError(error)) throw error;
      // One that knows reports of blobs only.
      if ('head' in request && error instanceof RefusedError && error.status === 400) this.#isOverForHeads = true;
      else this.#isOver = !isVelocityError(error, 'CANCELLED');
    }
  }
}
