import { digestOf, type Digest } from '@velocity/core';
import { throwIfCancelled, tooLarge } from './artifact-error.js';
import type { Codec } from './codec.js';
import { bufferReader, entryReader, streamReader, type ContentReader } from './content-reader.js';
import type { BlobDescription } from './description.js';
import { releaseBytes } from './disposable-bytes.js';
import { memberAt, segmentsOf, type IndexedLayout, type Segment } from './layout.js';
import { MAX_BLOBS, withDefaults, type ArtifactLimits } from './limits.js';
import type { Manifest } from './manifest.js';
import { checkOpening, encodeMetadata, type ArtifactInfo } from './metadata.js';
import { parseManifest } from './parse-manifest.js';
import { encodeTarHeader, TAR_END } from './tar-header.js';

export interface PackArtifactOptions {
  readonly root: string;
  readonly manifest: Manifest;
  readonly info: ArtifactInfo;
  /** Framed by `encodeLogFrame`. `chunks` is called at most once. */
  readonly log: {
    readonly size: number;
    readonly digest: Digest;
    chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  };
  readonly codec: Codec;
  /** Default 3. */
  readonly level?: number | undefined;
  readonly limits?: Partial<ArtifactLimits> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PackedBlob extends BlobDescription {
  readonly bytes: Uint8Array;
  /**
   * Gives the memory of `bytes` back, which are gone then: for whoever is done with them. Left to the collector, which counts buffers only
   * now and then, the blobs of an artifact of 600 MB take 150 MB more.
   */
  readonly free: () => void;
}

const DEFAULT_LEVEL = 3;
/** Segments that are being compressed while the next is read; one where that happens on the same thread. */
const SEGMENTS_AT_ONCE = { native: 2, wasm: 1 } as const;

/**
 * Packs outputs into blobs, in stream order. Every file is read and hashed again: one that is no longer what the manifest says ends the
 * packing, and nothing of it may be kept. Holds at most four segments of 16 MiB, however large the artifact is.
 *
 * @throws VelocityError `INTEGRITY` for outputs or a log that are not what was said, and as `parseManifest`
 */
export async function* packArtifact(options: PackArtifactOptions): AsyncGenerator<PackedBlob, void, undefined> {
  const { codec, level = DEFAULT_LEVEL, signal } = options;
  const filler = new SegmentFiller(options);
  const pending: Promise<PackedBlob>[] = [];
  let count = 0;
  try {
    for (const segment of segmentsOf(filler.layout)) {
      throwIfCancelled(signal);
      count += 1;
      if (count > MAX_BLOBS) throw tooLarge(`more than ${MAX_BLOBS} blobs`);
      const data = await filler.fill(segment);
      const packed = seal(data, codec, level).finally(() => filler.recycle(data));
      // A failure is thrown when its turn comes; until then it must not count as unhandled.
      packed.catch(() => {});
      pending.push(packed);
      if (pending.length >= SEGMENTS_AT_ONCE[codec.name]) yield (await pending.shift()) as PackedBlob;
    }
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) yield await next;
  } finally {
    filler.close();
    await Promise.allSettled(pending);
  }
}

async function seal(data: Buffer, codec: Codec, level: number): Promise<PackedBlob> {
  const bytes = await codec.compress(data, level);
  return {
    digest: digestOf(bytes),
    size: bytes.byteLength,
    unpackedSize: data.byteLength,
    bytes,
    free: () => releaseBytes(bytes),
  };
}

/** Writes members into segments, one after the other; one that spans several segments stays open in between. */
class SegmentFiller {
  readonly layout: IndexedLayout;
  readonly #options: PackArtifactOptions;
  readonly #metadata: Buffer;
  #header: Buffer = Buffer.alloc(0);
  #contentSize = 0;
  #reader: ContentReader | undefined;
  readonly #buffers: Buffer[] = [];

  constructor(options: PackArtifactOptions) {
    const limits = withDefaults(options.limits);
    const manifest = parseManifest(options.manifest, { limits });
    const { size, digest } = options.log;
    const { key, fingerprint, task, durationMs } = options.info;
    const opening = { version: 1, key, task, durationMs, log: { size, digest }, fingerprint } as const;
    checkOpening(opening);
    if (size > limits.maxLogSize) throw tooLarge(`a log of ${size} bytes`);
    this.#metadata = Buffer.from([...encodeMetadata({ ...opening, manifest })].join(''));
    if (this.#metadata.byteLength > limits.maxMetadataSize) {
      throw tooLarge(`${this.#metadata.byteLength} bytes of metadata`);
    }
    this.#options = options;
    this.layout = { entries: manifest.entries, metadataSize: this.#metadata.byteLength, logSize: size };
  }

  async fill(segment: Segment): Promise<Buffer> {
    const buffer = this.#buffers.pop() ?? Buffer.allocUnsafeSlow(segment.size);
    const data =
      buffer.byteLength < segment.size ? Buffer.allocUnsafeSlow(segment.size) : buffer.subarray(0, segment.size);
    let position = 0;
    for (const { member, start, end } of segment.slices) {
      const target = data.subarray(position, position + end - start);
      position = position + end - start;
      if (start === 0) this.#begin(member);
      const filling = this.#fillSlice(target, start);
      if (filling !== undefined) await filling;
    }
    return data;
  }

  /** Takes back what {@link fill} gave. Left to the collector, a packing of 1 GB peaked 30 MB higher (Node 24). */
  recycle(data: Buffer): void {
    this.#buffers.push(Buffer.from(data.buffer));
  }

  close(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }

  #begin(index: number): void {
    const member = memberAt(this.layout, index);
    this.#header = member === undefined ? TAR_END : encodeTarHeader(member);
    this.#contentSize = member?.size ?? 0;
    this.#reader = this.#readerOf(index);
  }

  #readerOf(index: number): ContentReader {
    if (index === 0) return bufferReader(this.#metadata);
    if (index === 1) return streamReader(this.#options.log, 'the log');
    const entry = this.layout.entries[index - 2];
    return entry === undefined ? bufferReader(TAR_END) : entryReader(this.#options.root, entry);
  }

  /** What of `target`, which starts at `start` in the member, is header, content and padding. */
  #fillSlice(target: Buffer, start: number): void | Promise<void> {
    const headerEnd = Math.max(0, Math.min(this.#header.byteLength - start, target.byteLength));
    const contentEnd = Math.max(
      headerEnd,
      Math.min(this.#header.byteLength + this.#contentSize - start, target.byteLength),
    );
    if (headerEnd > 0) this.#header.copy(target, 0, start, start + headerEnd);
    target.fill(0, contentEnd);
    const isComplete = start + contentEnd >= this.#header.byteLength + this.#contentSize;
    const filling = contentEnd > headerEnd ? this.#reader?.fill(target.subarray(headerEnd, contentEnd)) : undefined;
    if (filling === undefined) return isComplete ? this.#finish() : undefined;
    return isComplete ? filling.then(() => this.#finish()) : filling;
  }

  #finish(): void {
    this.#reader?.finish();
    this.close();
  }
}
