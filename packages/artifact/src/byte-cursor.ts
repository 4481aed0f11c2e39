import { corrupt } from './artifact-error.js';

/** Reads a stream of segments as one run of bytes, without joining them. */
export class ByteCursor {
  readonly #segments: AsyncIterator<Uint8Array>;
  #current: Uint8Array = new Uint8Array();
  #position = 0;

  constructor(segments: AsyncIterator<Uint8Array>) {
    this.#segments = segments;
  }

  /** Up to `max` bytes that are there already, as a view; `undefined` when {@link read} has to wait for some. */
  take(max: number): Uint8Array | undefined {
    if (this.#position === this.#current.byteLength) return undefined;
    const piece = this.#current.subarray(this.#position, this.#position + max);
    this.#position += piece.byteLength;
    return piece;
  }

  /** One to `max` bytes, as a view that is valid for as long as the caller keeps it. @throws VelocityError `ARTIFACT_CORRUPT` at the end */
  async read(max: number): Promise<Uint8Array> {
    for (let piece = this.take(max); ; piece = this.take(max)) {
      if (piece !== undefined) return piece;
      // The old segment must be collectable while the next one is awaited.
      this.#current = new Uint8Array();
      this.#position = 0;
      const next = await this.#segments.next();
      if (next.done === true) throw corrupt('it ends too early');
      this.#current = next.value;
    }
  }

  /** The next bytes must be these. */
  async expect(bytes: Uint8Array, what: string): Promise<void> {
    for (let position = 0; position < bytes.byteLength;) {
      const piece = await this.read(bytes.byteLength - position);
      if (Buffer.compare(piece, bytes.subarray(position, position + piece.byteLength)) !== 0) {
        throw corrupt(`${what} is not what the manifest says`);
      }
      position += piece.byteLength;
    }
  }

  async expectEnd(): Promise<void> {
    if (this.take(1) !== undefined) throw corrupt('something follows its end');
    const next = await this.#segments.next();
    if (next.done !== true) throw corrupt('something follows its end');
  }

  /** Ends the stream behind it, with whatever is still on its way. */
  async close(): Promise<void> {
    this.#current = new Uint8Array();
    this.#position = 0;
    await this.#segments.return?.();
  }
}
