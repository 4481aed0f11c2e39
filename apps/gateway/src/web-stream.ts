export interface WebStreamOptions {
  readonly onChunk: (size: number) => void;
  /** The source failed; the reader sees a body that is too short. */
  readonly onError: (error: unknown) => void;
}

/** Bytes as a web stream, pulled one chunk at a time; a reader that goes away ends the source. */
export function toWebStream(source: AsyncIterable<Uint8Array>, options: WebStreamOptions): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await iterator.next().catch((error: unknown) => {
        options.onError(error);
        throw error;
      });
      if (next.done === true) {
        controller.close();
        return;
      }
      options.onChunk(next.value.byteLength);
      controller.enqueue(next.value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
