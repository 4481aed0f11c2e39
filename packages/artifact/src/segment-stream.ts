import { createHash } from 'node:crypto';
import { corrupt, throwIfCancelled } from './artifact-error.js';
import type { Codec } from './codec.js';
import type { BlobDescription } from './description.js';
import { allocateBytes, freeBytes } from './disposable-bytes.js';

/** The bytes of one blob. What it yields must end when `signal` aborts; its own errors pass through unchanged. */
export type OpenBlob = (
  index: number,
  options: { readonly signal: AbortSignal },
) => Promise<AsyncIterable<Uint8Array>> | AsyncIterable<Uint8Array>;

export interface SegmentStreamOptions {
  readonly blobs: readonly BlobDescription[];
  readonly openBlob: OpenBlob;
  readonly codec: Codec;
  /** How many blobs are fetched and decoded at a time, with the one that is poured. */
  readonly concurrency: number;
  /** Compressed and unpacked bytes held at a time, whatever the concurrency; the blob that is poured may always be held. */
  readonly budgetBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** Takes the unpacked stream, piece by piece. */
export interface SegmentSink {
  /** Before the pieces of each segment: where it begins in the stream. */
  beginSegment(start: number): void;
  /** The next piece, which is gone when this returns. */
  push(piece: Uint8Array): void;
}

interface PendingSegment {
  readonly start: number;
  readonly bytes: Promise<Uint8Array>;
}

const PIECE_BYTES = 256 * 1024;

/**
 * The unpacked segments, in order, while the next ones are on their way. Nothing of a blob is looked at before its length and digest
 * have been found right. Memory is given back as soon as it was used.
 */
export class SegmentStream {
  readonly #options: SegmentStreamOptions;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  /** Blobs that are fetched and unpacked ahead, as whole segments. */
  readonly #pending: PendingSegment[] = [];
  #concurrency: number;
  #budgetBytes: number;
  #isNeeded: (index: number) => boolean = () => true;
  #next = 0;
  #nextStart = 0;
  #heldBytes = 0;

  constructor(options: SegmentStreamOptions) {
    this.#options = options;
    this.#concurrency = options.concurrency;
    this.#budgetBytes = options.budgetBytes;
    const { signal } = this.#stop;
    this.#signal = options.signal === undefined ? signal : AbortSignal.any([options.signal, signal]);
  }

  /** From here on: which of the blobs that were not opened yet are to be, and what that may take. */
  proceed(rest: {
    readonly isNeeded: (index: number) => boolean;
    readonly concurrency: number;
    readonly budgetBytes: number;
  }): void {
    this.#isNeeded = rest.isNeeded;
    this.#concurrency = rest.concurrency;
    this.#budgetBytes = rest.budgetBytes;
  }

  /**
   * Pours the next segment; false when there is none. One that was not unpacked ahead is unpacked straight into `sink`, and takes no memory
   * but that of its blob.
   * @throws VelocityError `ARTIFACT_CORRUPT`, and whatever `openBlob` and `sink` throw
   */
  async pour(sink: SegmentSink): Promise<boolean> {
    throwIfCancelled(this.#options.signal);
    const pending = this.#pending.shift();
    if (pending !== undefined) {
      this.#startAhead();
      const bytes = await pending.bytes;
      sink.beginSegment(pending.start);
      pushCopies(bytes, sink);
      this.#heldBytes -= bytes.byteLength;
      freeBytes(bytes);
      return true;
    }
    const next = this.#takeNext();
    if (next === undefined) return false;
    this.#heldBytes += next.blob.size;
    const pouring = this.#withFrame(next.index, next.blob, (frame) => {
      sink.beginSegment(next.start);
      return this.#options.codec.decompressTo(frame, next.blob.unpackedSize, (piece) => sink.push(piece));
    });
    this.#startAhead();
    await pouring;
    return true;
  }

  /** Ends what is still on its way. */
  async close(): Promise<void> {
    this.#stop.abort();
    const results = await Promise.allSettled(this.#pending.map(({ bytes }) => bytes));
    for (const result of results) if (result.status === 'fulfilled') freeBytes(result.value);
  }

  /** As many of those behind the one that is poured as concurrency and budget allow. */
  #startAhead(): void {
    const { codec } = this.#options;
    while (this.#pending.length < this.#concurrency - 1) {
      const next = this.#takeNext(this.#budgetBytes - this.#heldBytes);
      if (next === undefined) return;
      const { index, start, blob } = next;
      this.#heldBytes += blob.size + blob.unpackedSize;
      const bytes = this.#withFrame(index, blob, (frame) => codec.decompress(frame, blob.unpackedSize));
      // A failure is thrown when its turn comes; until then it must not count as unhandled.
      bytes.catch(() => {});
      this.#pending.push({ start, bytes });
    }
  }

  /** The next blob that is needed; `undefined` when there is none, or when it takes more than `room`. */
  #takeNext(
    room = Infinity,
  ): { readonly index: number; readonly start: number; readonly blob: BlobDescription } | undefined {
    const { blobs } = this.#options;
    for (let blob = blobs[this.#next]; blob !== undefined; blob = blobs[this.#next]) {
      const [index, start] = [this.#next, this.#nextStart];
      const isNeeded = this.#isNeeded(index);
      if (isNeeded && blob.size + blob.unpackedSize > room) return undefined;
      this.#next += 1;
      this.#nextStart += blob.unpackedSize;
      if (isNeeded) return { index, start, blob };
    }
    return undefined;
  }

  /** Fetches and checks a blob, whose memory lasts until `use` is done with it. */
  async #withFrame<T>(index: number, blob: BlobDescription, use: (frame: Uint8Array) => Promise<T>): Promise<T> {
    const frame = allocateBytes(blob.size);
    try {
      await this.#readBlob(frame, index, blob);
      const result = await use(frame);
      // After a failure a thread of the decoder may still read it: then it is left to the collector.
      freeBytes(frame);
      return result;
    } finally {
      this.#heldBytes -= blob.size;
    }
  }

  async #readBlob(frame: Uint8Array, index: number, blob: BlobDescription): Promise<void> {
    const signal = this.#signal;
    const hash = createHash('sha256');
    let used = 0;
    for await (const chunk of await this.#options.openBlob(index, { signal })) {
      throwIfCancelled(signal);
      if (used + chunk.byteLength > blob.size) throw corrupt(`blob ${index} is longer than ${blob.size} bytes`);
      frame.set(chunk, used);
      hash.update(chunk);
      used += chunk.byteLength;
    }
    if (used !== blob.size) throw corrupt(`blob ${index} has ${used} bytes instead of ${blob.size}`);
    if (hash.digest('hex') !== blob.digest) throw corrupt(`blob ${index} does not have its digest`);
  }
}

/** Who reads a manifest makes a view of each line: the segment's own memory does not bear so many, and a copy of a piece does. */
function pushCopies(bytes: Uint8Array, sink: SegmentSink): void {
  const copy = Buffer.allocUnsafeSlow(Math.min(bytes.byteLength, PIECE_BYTES));
  for (let start = 0; start < bytes.byteLength; start += PIECE_BYTES) {
    const piece = bytes.subarray(start, start + PIECE_BYTES);
    copy.set(piece);
    sink.push(copy.subarray(0, piece.byteLength));
  }
}
