import { isVelocityError, type CacheKey, type Digest } from '@velocity/core';
import type { GatewayClient } from './gateway-client.js';

/**
 * Tells the gateway of blobs that came with other bytes than their names say, each once, so that it takes them away and the next upload
 * puts a good one in their place.
 */
export class DamageReports {
  readonly #gateway: Pick<GatewayClient, 'report'>;
  readonly #told = new Set<Digest>();
  #isOver = false;

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
    try {
      await this.#gateway.report({ key, blobs: [digest] }, signal);
    } catch (error) {
      // A gateway that is older than reports, or away: the blob stays a miss, as it is already.
      if (!isVelocityError(error)) throw error;
      this.#isOver = !isVelocityError(error, 'CANCELLED');
    }
  }
}
