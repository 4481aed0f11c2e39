import type { BodyReader, ObjectBody } from '../driver.js';
import { storageError } from './fs-errors.js';
import { closeOpened, openIfThere, readOpened, statOpened } from './look-up.js';

const CHUNK = 256 * 1024;

/**
 * The content of a file; undefined when the path is not a file. The size and the bytes belong together even if the file is removed
 * meanwhile. What fits one chunk is read at once, so that only large bodies hold a file open until they are iterated or returned.
 */
export async function openFileBody(path: string, key: string): Promise<ObjectBody | undefined> {
  const descriptor = await openIfThere(path);
  if (descriptor === undefined) return undefined;
  let isKept = false;
  try {
    const stats = await statOpened(descriptor);
    if (!stats.isFile()) return undefined;
    if (stats.size <= CHUNK) return { size: stats.size, chunks: once(await readWhole(descriptor, stats.size)) };
    isKept = true;
    const chunks = new FileChunks(descriptor, stats.size, key);
    return { size: stats.size, chunks, reader: chunks };
  } finally {
    if (!isKept) await closeOpened(descriptor);
  }
}

/** Not a generator: one that was never started would not run its `finally` when it is returned, and leak the file. */
class FileChunks implements AsyncIterableIterator<Uint8Array>, BodyReader {
  readonly #descriptor: number;
  readonly #size: number;
  readonly #key: string;
  #position = 0;
  #isClosed = false;

  constructor(descriptor: number, size: number, key: string) {
    this.#descriptor = descriptor;
    this.#size = size;
    this.#key = key;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const length = Math.min(CHUNK, this.#size - this.#position);
    if (length === 0 || this.#isClosed) return this.return();
    try {
      const buffer = Buffer.allocUnsafe(length);
      const bytesRead = await this.read(buffer);
      return { done: false, value: buffer.subarray(0, bytesRead) };
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async read(into: Uint8Array): Promise<number> {
    try {
      const bytesRead = await readOpened(this.#descriptor, into, this.#position);
      if (bytesRead === 0) throw new Error('the file became shorter');
      this.#position += bytesRead;
      return bytesRead;
    } catch (error) {
      throw storageError(error, `cannot read ${this.#key}`);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await closeOpened(this.#descriptor);
  }

  async return(): Promise<{ done: true; value: undefined }> {
    await this.close();
    return { done: true, value: undefined };
  }
}

async function readWhole(descriptor: number, size: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(size);
  let position = 0;
  while (position < size) {
    const bytesRead = await readOpened(descriptor, bytes.subarray(position), position);
    if (bytesRead === 0) throw new Error('the file became shorter');
    position += bytesRead;
  }
  return bytes;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.byteLength > 0) yield bytes;
}
