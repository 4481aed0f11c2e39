import { corrupt } from './artifact-error.js';

export interface LogChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
}

const HEADER_BYTES = 8;

/**
 * One piece of a task's output in the framing of Docker's raw multiplexed streams: a byte 1 (stdout) or 2 (stderr), three zero bytes,
 * the length as 32-bit big-endian number, the bytes (Docker Engine API, "Attach to a container", stream format).
 */
export function encodeLogFrame(stream: 'stdout' | 'stderr', data: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(HEADER_BYTES + data.byteLength);
  frame[0] = stream === 'stdout' ? 1 : 2;
  frame.writeUInt32BE(data.byteLength, 4);
  frame.set(data, HEADER_BYTES);
  return frame;
}

/**
 * The pieces of a log, in order; a frame may come out as several. Nothing is gathered in memory.
 * @throws VelocityError `ARTIFACT_CORRUPT` for what is no log, or one that ends within a frame
 */
export async function* decodeLog(
  source: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<LogChunk, void, undefined> {
  const decoder = new LogDecoder();
  const chunks = ArrayBuffer.isView(source) ? [source] : source;
  for await (const chunk of chunks) yield* decoder.push(chunk);
  decoder.end();
}

/** {@link decodeLog} for bytes that arrive one chunk after the other. */
export class LogDecoder {
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerUsed = 0;
  #remaining = 0;

  push(chunk: Uint8Array): LogChunk[] {
    const chunks: LogChunk[] = [];
    let position = 0;
    while (position < chunk.byteLength) {
      if (this.#remaining === 0) {
        position += this.#readHeader(chunk.subarray(position));
      } else {
        const data = chunk.subarray(position, position + this.#remaining);
        chunks.push({ stream: this.#header[0] === 1 ? 'stdout' : 'stderr', data });
        this.#remaining -= data.byteLength;
        position += data.byteLength;
      }
    }
    return chunks;
  }

  end(): void {
    if (this.#remaining > 0 || this.#headerUsed > 0) throw corrupt('the log ends within a frame');
  }

  /** Takes what it can use of `bytes` and says how many these were. */
  #readHeader(bytes: Uint8Array): number {
    const taken = bytes.subarray(0, HEADER_BYTES - this.#headerUsed);
    this.#header.set(taken, this.#headerUsed);
    this.#headerUsed += taken.byteLength;
    if (this.#headerUsed === HEADER_BYTES) {
      const [stream, ...padding] = this.#header.subarray(0, 4);
      if ((stream !== 1 && stream !== 2) || padding.some((byte) => byte !== 0))
        throw corrupt('the log has a bad frame');
      this.#remaining = this.#header.readUInt32BE(4);
      this.#headerUsed = 0;
    }
    return taken.byteLength;
  }
}
