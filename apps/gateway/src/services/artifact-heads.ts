import { Semaphore } from '@velocity/core';
import type { BlobDescription, CacheRecord } from '@velocity/protocol';
import { LruCache } from '../lru-cache.js';
import type { Metrics } from '../metrics.js';
import type { ObservedStorage } from '../observed-storage.js';
import { SingleFlight } from '../single-flight.js';
import { blobKeyOf } from './blob-store.js';
import type { BlobStore } from './blob-store.js';
import type { HeadVerdict } from './judge-head.js';

/** Each takes a decoder's window of at most 8 MiB. */
const READERS = 2;
/** As for blobs: what was found to be the record's own is not read again for this long. */
const OWN_TTL_MS = 10 * 60_000;
const MAX_OWN = 10_000;

/** `damaged`: one of its first blobs is gone or was other than its name, so that nothing can be said of the artifact. */
export type HeadInspection = HeadVerdict | 'damaged';

/** What the gateway sees of the artifacts that records stand for. */
export class ArtifactHeads {
  readonly #storage: ObservedStorage;
  readonly #blobs: Pick<BlobStore, 'inspect'>;
  readonly #metrics: Pick<Metrics, 'readbackBytes'>;
  readonly #flights = new SingleFlight<HeadInspection>();
  readonly #readers = new Semaphore(READERS);
  readonly #own: LruCache<true>;

  constructor(options: {
    readonly storage: ObservedStorage;
    readonly blobs: Pick<BlobStore, 'inspect'>;
    readonly metrics: Pick<Metrics, 'readbackBytes'>;
    readonly now: () => number;
  }) {
    this.#storage = options.storage;
    this.#blobs = options.blobs;
    this.#metrics = options.metrics;
    this.#own = new LruCache({ maxWeight: MAX_OWN, ttlMs: OWN_TTL_MS, now: options.now });
  }

  /**
   * Reads an artifact as far as the end of its manifest, each blob of it whole first: only of bytes that are those of their names can anything
   * be said. Callers at the same time share one reading. `unknown` also where unpacking takes zstd,
   * and this runtime has none.
   *
   * @throws VelocityError `STORAGE_UNAVAILABLE`
   */
  inspect(record: CacheRecord): Promise<HeadInspection> {
    const { namespace, scope, key, createdAt, artifact } = record;
    const name = [namespace, scope, key, createdAt, artifact.manifestDigest, artifact.blobs[0]?.digest].join(' ');
    return this.#flights.run(name, async () => {
      if (this.#own.get(name) === true) return 'own';
      const found = await this.#readers.run(() => this.#inspect(record));
      if (found === 'own') this.#own.put(name, true, 1);
      return found;
    });
  }

  async #inspect(record: CacheRecord): Promise<HeadInspection> {
    // A start-up that nobody reports to need not load them.
    const [{ unpackFrame }, { judgeHead }] = await Promise.all([
      import('./unpack-frame.js'),
      import('./judge-head.js'),
    ]);
    let obstacle: 'damaged' | 'unknown' | undefined;
    const open = (blob: BlobDescription) => this.#open(record, blob);
    const unpacked = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      for (const blob of record.artifact.blobs) {
        const packed = await open(blob);
        if (packed === undefined) obstacle = 'damaged';
        else
          yield* upTo(
            blob,
            unpackFrame(packed, () => (obstacle = 'unknown')),
          );
        if (obstacle !== undefined) return;
      }
    };
    const verdict = await judgeHead(unpacked(), record);
    return obstacle ?? verdict;
  }

  /** Undefined for a blob that is gone, or was wrong. */
  async #open(
    { namespace, tier }: CacheRecord,
    { digest }: BlobDescription,
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    const address = { namespace, tier, digest };
    if ((await this.#blobs.inspect(address)) !== 'sound') return undefined;
    const body = await this.#storage.open(blobKeyOf(address));
    return body && this.#counted(body.chunks);
  }

  async *#counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of chunks) {
        this.#metrics.readbackBytes.inc(chunk.byteLength);
        yield chunk;
      }
    } catch (error) {
      throw this.#storage.failed('readback', error);
    }
  }
}

/** A frame that holds more than was said is nobody's segment, and is not followed to its end. */
async function* upTo({ unpackedSize }: BlobDescription, pieces: AsyncIterable<Uint8Array>) {
  let size = 0;
  for await (const piece of pieces) {
    size += piece.byteLength;
    if (size > unpackedSize) return;
    yield piece;
  }
}
