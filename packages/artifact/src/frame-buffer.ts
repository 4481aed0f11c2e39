import { allocateBytes, freeBytes } from './disposable-bytes.js';

/** Magic, descriptor, window: what stands before the content size. */
const START_BYTES = 6;
const SIZE_BYTES = 4;
/** Headers of blocks that could not be made smaller, three bytes for 128 KiB, and of the frame. */
const OVERHEAD_SHARE = 1 / 1024;
const OVERHEAD_BYTES = 1024;

/**
 * Takes a frame as an encoder gives it, piece by piece, into one piece of memory; with room for the content size that an encoder which
 * streams cannot know when it starts. Blocks do not depend on the header, so that nothing else changes.
 */
export class FrameBuffer {
  readonly #contentSize: number;
  #bytes: Buffer;
  #end = SIZE_BYTES;

  constructor(contentSize: number) {
    this.#contentSize = contentSize;
    this.#bytes = allocateBytes(SIZE_BYTES + Math.ceil(contentSize * (1 + OVERHEAD_SHARE)) + OVERHEAD_BYTES);
  }

  append(piece: Uint8Array): void {
    if (this.#end + piece.byteLength > this.#bytes.byteLength) this.#grow(piece.byteLength);
    this.#bytes.set(piece, this.#end);
    this.#end += piece.byteLength;
  }

  /** The frame with its content size in the header. To be called once. */
  withContentSize(): Uint8Array {
    const bytes = this.#bytes;
    const descriptor = bytes[SIZE_BYTES + 4] ?? 0;
    // Only for the shape that such encoders write: no content size, no dictionary, a window descriptor.
    if ((descriptor & 0b1110_0011) !== 0) return bytes.subarray(SIZE_BYTES, this.#end);
    bytes.copyWithin(0, SIZE_BYTES, SIZE_BYTES + START_BYTES);
    bytes[4] = descriptor | (2 << 6);
    bytes.writeUInt32LE(this.#contentSize, START_BYTES);
    return bytes.subarray(0, this.#end);
  }

  #grow(least: number): void {
    const larger = allocateBytes(Math.max(this.#bytes.byteLength * 2, this.#end + least));
    this.#bytes.copy(larger, 0, 0, this.#end);
    freeBytes(this.#bytes);
    this.#bytes = larger;
  }
}
