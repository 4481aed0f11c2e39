import { addAbortSignal, type Readable } from 'node:stream';
import type { ObjectBody } from '../driver.js';

/** Bodies up to this are read at once: records, mostly. They can be retried whole and hold no connection. */
const EAGER_BYTES = 64 * 1024;

export interface S3BodySource {
  readonly stream: Readable;
  readonly size: number;
  /** Puts what the connection throws into this library's words. */
  readonly toError: (error: unknown) => Error;
  readonly signal: AbortSignal | undefined;
}

/** The answer to a GET as an {@link ObjectBody}. Throws raw errors while it reads a small one, so that the caller can retry. */
export async function openS3Body(source: S3BodySource): Promise<ObjectBody> {
  const { stream, size, signal } = source;
  if (signal !== undefined) addAbortSignal(signal, stream);
  if (size > EAGER_BYTES) return { size, chunks: new StreamChunks(source) };
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk as Uint8Array);
  return { size, chunks: each(chunks) };
}

/** Not a generator: one that was never started would not close the connection when it is returned. */
class StreamChunks implements AsyncIterableIterator<Uint8Array> {
  readonly #source: S3BodySource;
  readonly #iterator: AsyncIterator<Uint8Array>;

  constructor(source: S3BodySource) {
    this.#source = source;
    this.#iterator = source.stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    try {
      const { done, value } = await this.#iterator.next();
      return done === true ? { done, value: undefined } : { done: false, value };
    } catch (error) {
      this.#source.signal?.throwIfAborted();
      throw this.#source.toError(error);
    }
  }

  return(): Promise<{ done: true; value: undefined }> {
    // Its own error, so that destroying a stream that nobody reads is not an unhandled one.
    this.#source.stream.on('error', () => undefined).destroy();
    return Promise.resolve({ done: true, value: undefined });
  }
}

async function* each(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
