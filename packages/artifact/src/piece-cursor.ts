import { corrupt } from './artifact-error.js';

/** Code that reads a stream from start to end, and yields whenever it needs the next piece; it gets `undefined` when there is none. */
export type Reading<T> = Generator<void, T, Uint8Array | undefined>;

const NOTHING = Buffer.alloc(0);

/** Reads pieces as one run of bytes, without joining them. Every view that it gives is valid until the next call. */
export class PieceCursor {
  #piece: Buffer = NOTHING;
  /** Of the piece in the stream. */
  #start = 0;
  /** In the piece; beyond it where the next ones have to be passed over. */
  #position = 0;
  #nextStart = 0;

  /** Where it stands in the stream. */
  get offset(): number {
    return this.#start + this.#position;
  }

  /** Goes on at a later place: what lies before it is passed over, or never comes. */
  seek(offset: number): void {
    this.#position = offset - this.#start;
  }

  /** Where the next piece begins, when it does not follow the last one. */
  jumpTo(nextStart: number): void {
    this.#nextStart = nextStart;
  }

  /** Up to `max` bytes that are there already; `undefined` when {@link read} has to wait for some. */
  take(max: number): Uint8Array | undefined {
    if (this.#position >= this.#piece.byteLength) return undefined;
    const bytes = this.#piece.subarray(this.#position, this.#position + max);
    this.#position += bytes.byteLength;
    return bytes;
  }

  /** One to `max` bytes. @throws VelocityError `ARTIFACT_CORRUPT` at the end */
  *read(max: number): Reading<Uint8Array> {
    for (let bytes = this.take(max); ; bytes = this.take(max)) {
      if (bytes !== undefined) return bytes;
      yield* this.#advance();
    }
  }

  /** The next bytes must be these. */
  *expect(bytes: Uint8Array, what: string): Reading<void> {
    for (let done = 0; done < bytes.byteLength;) {
      const end = Math.min(this.#piece.byteLength, this.#position + bytes.byteLength - done);
      if (end <= this.#position) {
        yield* this.#advance();
        continue;
      }
      const length = end - this.#position;
      if (this.#piece.compare(bytes, done, done + length, this.#position, end) !== 0) {
        throw corrupt(`${what} is not what the manifest says`);
      }
      this.#position = end;
      done += length;
    }
  }

  *#advance(): Reading<void> {
    const { offset } = this;
    this.#piece = NOTHING;
    const piece = yield;
    if (piece === undefined) throw corrupt('it ends too early');
    this.#start = this.#nextStart;
    this.#nextStart += piece.byteLength;
    this.#position = offset - this.#start;
    // A piece from further on would mean that a blob was left out which holds what is read now.
    if (this.#position < 0) throw new RangeError(`nothing was fetched for offset ${offset}`);
    this.#piece = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  }
}

/** Pushes pieces into a reading. Made with {@link startReading}. */
export interface PieceSink<T> {
  /** Set once the reading has returned; what is pushed after that is passed over. */
  readonly result: { readonly value: T } | undefined;
  /** Before the pieces of each segment: where it begins in the stream. */
  beginSegment(start: number): void;
  /** What it throws, the reading threw. */
  push(piece: Uint8Array): void;
  /** There are no more pieces. */
  end(): void;
  /** Lets go of what the reading holds, wherever it has come. */
  close(): void;
}

export function startReading<T>(cursor: PieceCursor, reading: Reading<T>): PieceSink<T> {
  let result: { readonly value: T } | undefined;
  const step = (piece: Uint8Array | undefined): void => {
    if (result !== undefined) return;
    const next = reading.next(piece);
    if (next.done === true) result = { value: next.value };
  };
  // As far as its first wish for a piece.
  step(undefined);
  return {
    get result() {
      return result;
    },
    beginSegment: (start) => cursor.jumpTo(start),
    push: step,
    end: () => step(undefined),
    close: () => void reading.return(undefined as never),
  };
}
