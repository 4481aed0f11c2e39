const LINE_END = 0x0a;

/** Reads a stream of pieces in order, and holds of it no more than one piece, until it asks for the next, and copies of what is asked for. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Buffer = Buffer.alloc(0);

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** Exactly so many bytes; undefined when there are not as many. */
  async read(size: number): Promise<Buffer | undefined> {
    const bytes = Buffer.allocUnsafe(size);
    for (let used = 0; used < size;) {
      if (this.#piece.byteLength === 0 && !(await this.#advance())) return undefined;
      used += this.#take(size - used).copy(bytes, used);
    }
    return bytes;
  }

  /** Up to the next line end, without it; undefined when there is none within so many bytes. */
  async readLine(maxSize: number): Promise<string | undefined> {
    const parts: Buffer[] = [];
    let size = 0;
    for (;;) {
      const end = this.#piece.indexOf(LINE_END);
      const part = this.#take(end < 0 ? this.#piece.byteLength : end);
      size += part.byteLength;
      if (size > maxSize) return undefined;
      parts.push(end >= 0 ? part : Buffer.from(part));
      if (end >= 0) {
        this.#take(1);
        return (parts.length === 1 ? part : Buffer.concat(parts)).toString('utf8');
      }
      if (!(await this.#advance())) return undefined;
    }
  }

  /** Passes over everything up to and with the next line end; false when there is none within so many bytes. */
  async skipLine(maxSize: number): Promise<boolean> {
    for (let left = maxSize; left >= 0;) {
      const end = this.#piece.indexOf(LINE_END);
      if (end >= 0) {
        this.#take(end + 1);
        return end <= left;
      }
      left -= this.#piece.byteLength;
      if (!(await this.#advance())) return false;
    }
    return false;
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  #take(maxSize: number): Buffer {
    const part = this.#piece.subarray(0, maxSize);
    this.#piece = this.#piece.subarray(part.byteLength);
    return part;
  }

  async #advance(): Promise<boolean> {
    const next = await this.#pieces.next();
    if (next.done === true) return false;
    this.#piece = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    return true;
  }
}
