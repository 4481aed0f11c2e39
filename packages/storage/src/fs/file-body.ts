import { open, type FileHandle } from 'node:fs/promises';
import type { ObjectBody } from '../driver.js';
import { storageError } from './fs-errors.js';

const CHUNK = 256 * 1024;

/**
 * The content of a file; undefined when the path is not a file. The size and the bytes belong together even if the file is removed
 * meanwhile. What fits one chunk is read at once, so that only large bodies hold a file open until they are iterated or returned.
 */
export async function openFileBody(path: string, key: string): Promise<ObjectBody | undefined> {
  const handle = await open(path, 'r');
  let isKept = false;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return undefined;
    if (stats.size <= CHUNK) return { size: stats.size, chunks: once(await readWhole(handle, stats.size)) };
    isKept = true;
    return { size: stats.size, chunks: new FileChunks(handle, stats.size, key) };
  } finally {
    if (!isKept) await handle.close();
  }
}

/** Not a generator: one that was never started would not run its `finally` when it is returned, and leak the file. */
class FileChunks implements AsyncIterableIterator<Uint8Array> {
  readonly #handle: FileHandle;
  readonly #size: number;
  readonly #key: string;
  #position = 0;
  #isClosed = false;

  constructor(handle: FileHandle, size: number, key: string) {
    this.#handle = handle;
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
      const { bytesRead, buffer } = await this.#handle.read(Buffer.allocUnsafe(length), 0, length, this.#position);
      if (bytesRead === 0) throw new Error('the file became shorter');
      this.#position += bytesRead;
      return { done: false, value: buffer.subarray(0, bytesRead) };
    } catch (error) {
      await this.return();
      throw storageError(error, `cannot read ${this.#key}`);
    }
  }

  async return(): Promise<{ done: true; value: undefined }> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      await this.#handle.close();
    }
    return { done: true, value: undefined };
  }
}

async function readWhole(handle: FileHandle, size: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(size);
  let position = 0;
  while (position < size) {
    const { bytesRead } = await handle.read(bytes, position, size - position, position);
    if (bytesRead === 0) throw new Error('the file became shorter');
    position += bytesRead;
  }
  return bytes;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.byteLength > 0) yield bytes;
}
