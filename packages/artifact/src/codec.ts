/** Turns a segment into one zstd frame and back. Either codec reads the other's frames; their bytes are not equal. */
export interface Codec {
  readonly name: 'native' | 'wasm';
  /**
   * One frame with a window of at most 8 MiB that states its content size. `data` is not empty and at most 16 MiB.
   * @param level 1 (fast) to 19 (small); a codec that cannot go so far takes the highest that it has
   */
  compress(data: Uint8Array, level: number): Promise<Uint8Array>;
  /**
   * Exactly `unpackedSize` bytes, and no more memory than that and the frame need, whatever the frame says.
   * @throws VelocityError `ARTIFACT_CORRUPT` when the frame is not one sound frame of this size
   */
  decompress(frame: Uint8Array, unpackedSize: number): Promise<Uint8Array>;
  /**
   * The same in pieces, in order, for whoever needs no whole; each is gone when `sink` returns. What `sink` throws passes through unchanged.
   * @throws VelocityError `ARTIFACT_CORRUPT` when the frame is not one sound frame of this size, perhaps after some of its pieces
   */
  decompressTo(frame: Uint8Array, unpackedSize: number, sink: (piece: Uint8Array) => void): Promise<void>;
}
