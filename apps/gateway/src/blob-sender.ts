import type { ServerResponse } from 'node:http';
import type { BodyReader } from '@velocity/storage';
import type { SlabPool } from './slab-pool.js';

/** Reads ahead while the socket takes what was read. */
const MAX_SLABS = 4;

/** Sends a body from a few buffers that it uses over and over. */
export class BlobSender {
  readonly #outgoing: ServerResponse;
  readonly #pool: SlabPool;
  readonly #idle: Buffer[] = [];
  readonly #written = new Set<Buffer>();
  #isOver = false;
  #isGone: boolean;
  #wake: () => void = () => undefined;
  /** What was not taken by now may never be, or still is being read: nobody else gets it. */
  readonly #onClose = (): void => {
    this.#isGone = true;
    for (const slab of this.#written) {
      this.#written.delete(slab);
      this.#pool.lose();
    }
    this.#wake();
  };

  constructor(outgoing: ServerResponse, pool: SlabPool) {
    this.#outgoing = outgoing;
    this.#pool = pool;
    // Not the response's own event: one that waits for another on the same connection is not told.
    this.#isGone = outgoing.req.socket.destroyed;
    outgoing.req.socket.once('close', this.#onClose);
  }

  /** Resolves when all is written, or the client is gone. @throws what the reader throws */
  async send(reader: BodyReader, size: number, onChunk: (size: number) => void): Promise<void> {
    try {
      for (let left = size; left > 0;) {
        const slab = await this.#nextSlab();
        if (slab === undefined) return;
        const length = await this.#fill(slab, reader, left);
        left -= length;
        onChunk(length);
        this.#write(slab, length, left === 0);
      }
    } finally {
      this.#isOver = true;
      for (const slab of this.#idle.splice(0)) this.#pool.give(slab);
      this.#letGo();
    }
  }

  async #fill(slab: Buffer, reader: BodyReader, left: number): Promise<number> {
    try {
      return await reader.read(left < slab.byteLength ? slab.subarray(0, left) : slab);
    } catch (error) {
      this.#pool.give(slab);
      throw error;
    }
  }

  /** Undefined once the client is gone. */
  async #nextSlab(): Promise<Buffer | undefined> {
    for (;;) {
      if (this.#isGone) return undefined;
      const count = this.#written.size;
      const slab = this.#idle.pop() ?? (count < MAX_SLABS ? this.#pool.take({ isFirst: count === 0 }) : undefined);
      if (slab !== undefined) return slab;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #write(slab: Buffer, length: number, isLast: boolean): void {
    const bytes = length < slab.byteLength ? slab.subarray(0, length) : slab;
    const onTaken = (error?: Error | null): void => this.#release(slab, error ?? undefined);
    this.#written.add(slab);
    if (isLast) this.#outgoing.end(bytes, onTaken);
    else this.#outgoing.write(bytes, onTaken);
  }

  /** The system has the bytes. */
  #release(slab: Buffer, error: Error | undefined): void {
    if (!this.#written.delete(slab)) return;
    if (error !== undefined) this.#pool.lose();
    else if (this.#isOver) this.#pool.give(slab);
    else this.#idle.push(slab);
    this.#letGo();
    this.#wake();
  }

  /** The connection may carry many more requests. */
  #letGo(): void {
    if (this.#isOver && this.#written.size === 0) this.#outgoing.req.socket.off('close', this.#onClose);
  }
}
