import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { digestOf, type Digest } from './digest.js';

/** Passes bytes on while hashing and counting them; `digest()` is valid once the source has ended. */
export class HashingReader implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  readonly #hash = createHash('sha256');
  #size = 0;

  constructor(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#source = source;
  }

  get size(): number {
    return this.#size;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    for await (const chunk of this.#source) {
      this.#hash.update(chunk);
      this.#size += chunk.byteLength;
      yield chunk;
    }
  }

  /** May be called once. */
  digest(): Digest {
    return this.#hash.digest('hex') as Digest;
  }
}

/** Size and digest of everything that `source` yields. */
export async function digestOfStream(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<{ readonly digest: Digest; readonly size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    size += chunk.byteLength;
  }
  return { digest: hash.digest('hex') as Digest, size };
}

/** Files up to this are read at once: 5,000 of 4 KB take 0.1 s that way, 2 s as streams. */
export const SMALL_FILE_BYTES = 1024 * 1024;

/**
 * Digest of a file's content. A file that is known to be small is read at once, others in pieces: memory does not grow with the file.
 * @param size what the file system says of it, where that is known
 */
export async function digestOfFile(path: string, size = Infinity): Promise<Digest> {
  if (size <= SMALL_FILE_BYTES) return digestOf(readFileSync(path));
  const { digest } = await digestOfStream(createReadStream(path, { highWaterMark: 256 * 1024 }));
  return digest;
}
