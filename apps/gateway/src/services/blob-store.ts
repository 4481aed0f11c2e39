import { digestOfStream, Semaphore, VelocityError } from '@velocity/core';
import type { Digest } from '@velocity/core';
import { blobObjectKey } from '@velocity/storage';
import type { ObjectStat, Tier } from '@velocity/storage';
import { LruCache } from '../lru-cache.js';
import type { Metrics } from '../metrics.js';
import type { ObservedStorage } from '../observed-storage.js';
import { SingleFlight } from '../single-flight.js';

/** At most so many blobs are read back at once, over all requests. */
const READBACKS = 4;
/** What was read and found sound is not read again for this long, whoever says what of it. */
const SOUND_TTL_MS = 10 * 60_000;
const MAX_SOUND = 100_000;
/** An object that another one replaces while it is read is read again, so often. */
const ATTEMPTS = 3;

export interface BlobAddress {
  readonly namespace: string;
  readonly tier: Tier;
  readonly digest: Digest;
}

export type BlobVerdict = 'sound' | 'absent' | 'wrong-size' | 'wrong-bytes';
/** `removed`: it held other bytes than its name says. */
export type Inspection = 'sound' | 'absent' | 'removed';

interface SoundObjects {
  has(version: string): boolean;
  add(version: string): void;
}

/** What the gateway knows of blobs: whether they are there, and whether they are what their name says. */
export class BlobStore {
  readonly #storage: ObservedStorage;
  readonly #metrics: Pick<Metrics, 'readbackBytes' | 'blobsRejected'>;
  readonly #bindsBody: () => boolean;
  readonly #stats = new SingleFlight<ObjectStat | undefined>();
  readonly #readbacks = new Semaphore(READBACKS);
  readonly #inspections = new SingleFlight<Inspection>();
  readonly #sound: SoundObjects;

  /** `bindsBody` is true once it is proven that the store refuses bodies other than those a URL was signed for. */
  constructor(options: {
    readonly storage: ObservedStorage;
    readonly metrics: Pick<Metrics, 'readbackBytes' | 'blobsRejected'>;
    readonly bindsBody: () => boolean;
    readonly now: () => number;
  }) {
    this.#storage = options.storage;
    this.#metrics = options.metrics;
    this.#bindsBody = options.bindsBody;
    const cache = new LruCache<true>({ maxWeight: MAX_SOUND, ttlMs: SOUND_TTL_MS, now: options.now });
    this.#sound = { has: (version) => cache.get(version) === true, add: (version) => cache.put(version, true, 1) };
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
    if (stat.sha256 !== undefined && stat.sha256 !== address.digest) {
      await this.#reject(address);
      return 'wrong-bytes';
    }
    const isVouchedFor = stat.sha256 !== undefined || this.#bindsBody();
    if (stat.size === size && isVouchedFor) return 'sound';
    // Of another size although the store vouches for it: the ticket is wrong, or the object was cut off after the store had looked.
    const verdict = await this.#inspect(address, new Set());
    if (verdict === 'removed') return 'wrong-bytes';
    return verdict === 'sound' && stat.size !== size ? 'wrong-size' : verdict;
  }

  /**
   * Reads a blob to its end, whatever the store vouches for; one whose bytes belie its name is removed. Callers at the same time share
   * one reading, and an object that was found sound is not read again for ten minutes: whoever asks costs no more than that.
   */
  inspect(address: BlobAddress): Promise<Inspection> {
    return this.#inspections.run(blobKeyOf(address), () => this.#inspect(address, this.#sound));
  }

  async #inspect(address: BlobAddress, known: SoundObjects): Promise<Inspection> {
    const key = blobKeyOf(address);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = await this.#storage.stat(key);
      if (before === undefined) return 'absent';
      if (known.has(versionOf(before))) return 'sound';
      const digest = await this.#readbacks.run(() => this.#readBack(key));
      if (digest === undefined) return 'absent';
      if (digest === address.digest) {
        known.add(versionOf(before));
        return 'sound';
      }
      // Somebody may have put the right bytes in its place meanwhile: those must not go.
      const after = await this.#storage.stat(key);
      if (after !== undefined && versionOf(after) === versionOf(before)) {
        await this.#reject(address);
        return 'removed';
      }
    }
    throw new VelocityError('STORAGE_UNAVAILABLE', `${key} changes while it is read`);
  }

  async #reject(address: BlobAddress): Promise<void> {
    this.#metrics.blobsRejected.inc();
    await this.#storage.remove(blobKeyOf(address));
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

/** Another object of the same key has another one. */
function versionOf({ key, size, modifiedAtMs }: ObjectStat): string {
  return `${key} ${size} ${modifiedAtMs}`;
}

export function blobKeyOf({ namespace, tier, digest }: BlobAddress): string {
  return blobObjectKey(namespace, tier, digest);
}
