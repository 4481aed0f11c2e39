import { digestOfStream, Semaphore } from '@velocity/core';
import type { Digest } from '@velocity/core';
import { blobObjectKey } from '@velocity/storage';
import type { ObjectStat, Tier } from '@velocity/storage';
import type { Metrics } from '../metrics.js';
import type { ObservedStorage } from '../observed-storage.js';
import { SingleFlight } from '../single-flight.js';

/** At most so many blobs are read back at once, over all commits. */
const READBACKS = 4;

export interface BlobAddress {
  readonly namespace: string;
  readonly tier: Tier;
  readonly digest: Digest;
}

export type BlobVerdict = 'sound' | 'absent' | 'wrong-size' | 'wrong-bytes';

/** What the gateway knows of blobs: whether they are there, and whether they are what their name says. */
export class BlobStore {
  readonly #storage: ObservedStorage;
  readonly #metrics: Pick<Metrics, 'readbackBytes' | 'blobsRejected'>;
  readonly #bindsBody: () => boolean;
  readonly #stats = new SingleFlight<ObjectStat | undefined>();
  readonly #readbacks = new Semaphore(READBACKS);

  /** `bindsBody` is true once it is proven that the store refuses bodies other than those a URL was signed for. */
  constructor(options: {
    readonly storage: ObservedStorage;
    readonly metrics: Pick<Metrics, 'readbackBytes' | 'blobsRejected'>;
    readonly bindsBody: () => boolean;
  }) {
    this.#storage = options.storage;
    this.#metrics = options.metrics;
    this.#bindsBody = options.bindsBody;
  }

  stat(address: BlobAddress): Promise<ObjectStat | undefined> {
    const key = blobKeyOf(address);
    return this.#stats.run(key, () => this.#storage.stat(key));
  }

  /** Touched before it is promised to an uploader, so that no sweep takes it in between. */
  async keep(address: BlobAddress): Promise<void> {
    if (this.#storage.driver.supports.touch) await this.#storage.touch(blobKeyOf(address));
  }

  /** Checks one blob before a record may cite it; an object whose bytes belie its name is removed, so that the right ones can be put. */
  async verify(address: BlobAddress, size: number): Promise<BlobVerdict> {
    // Not the shared look-up: one that began before the upload ended would say "absent".
    const stat = await this.#storage.stat(blobKeyOf(address));
    if (stat === undefined) return 'absent';
    const isSound = await this.#hasRightBytes(address, stat, stat.size === size);
    if (isSound) return stat.size === size ? 'sound' : 'wrong-size';
    this.#metrics.blobsRejected.inc();
    await this.#storage.remove(blobKeyOf(address));
    return 'wrong-bytes';
  }

  async #hasRightBytes(address: BlobAddress, stat: ObjectStat, hasRightSize: boolean): Promise<boolean> {
    if (stat.sha256 !== undefined) return stat.sha256 === address.digest;
    if (hasRightSize && this.#bindsBody()) return true;
    const digest = await this.#readbacks.run(() => this.#readBack(blobKeyOf(address)));
    return digest === undefined || digest === address.digest;
  }

  /** The digest of what is stored; undefined when it went away meanwhile. */
  async #readBack(key: string): Promise<Digest | undefined> {
    try {
      const body = await this.#storage.driver.read(key);
      if (body === undefined) return undefined;
      const { digest, size } = await digestOfStream(body.chunks);
      this.#metrics.readbackBytes.inc(size);
      return digest;
    } catch (error) {
      throw this.#storage.failed('readback', error);
    }
  }
}

export function blobKeyOf({ namespace, tier, digest }: BlobAddress): string {
  return blobObjectKey(namespace, tier, digest);
}
