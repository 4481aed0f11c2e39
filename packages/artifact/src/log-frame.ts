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

  /** One piece at a time: a megabyte of frames of one byte would be a hundred thousand objects. */
  *push(chunk: Uint8Array): Generator<LogChunk, void, undefined> {
    for (let position = 0; position < chunk.byteLength;) {
      position += this.#readHeader(chunk, position);
      const end = Math.min(chunk.byteLength, position + this.#remaining);
      if (end === position) continue;
      this.#remaining -= end - position;
      yield { stream: this.#header[0] === 1 ? 'stdout' : 'stderr', data: chunk.subarray(position, end) };
      position = end;
    }
  }

  /** {@link push} for whoever only wants to know whether it is a log. */
  check(chunk: Uint8Array): void {
    for (let position = 0; position < chunk.byteLength;) {
      position += this.#readHeader(chunk, position);
      const taken = Math.min(chunk.byteLength - position, this.#remaining);
      this.#remaining -= taken;
      position += taken;
    }
  }

  end(): void {
    if (this.#remaining > 0 || this.#headerUsed > 0) throw corrupt('the log ends within a frame');
  }

  /** Where a header is due, takes what there is of it, and says how many bytes these were. */
  #readHeader(chunk: Uint8Array, position: number): number {
    if (this.#remaining > 0) return 0;
    const taken = Math.min(HEADER_BYTES - this.#headerUsed, chunk.byteLength - position);
    for (let index = 0; index < taken; index++) this.#header[this.#headerUsed + index] = chunk[position + index] ?? 0;
    this.#headerUsed += taken;
    if (this.#headerUsed < HEADER_BYTES) return taken;
    const stream = this.#header.readUInt32BE(0);
    if (stream !== 0x0100_0000 && stream !== 0x0200_0000) throw corrupt('the log has a bad frame');
    this.#remaining = this.#header.readUInt32BE(4);
    this.#headerUsed = 0;
    return taken;
  }
}
