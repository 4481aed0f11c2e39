import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { encodeLogFrame } from '@velocity/artifact';
import { errorMessage, VelocityError, type Digest } from '@velocity/core';
import type { OutputStream } from './events.js';

/** What a task printed, in order, on disk: memory does not grow with it. Dispose removes the file. */
export class TaskLog implements Disposable {
  readonly #file: string;
  readonly #hash = createHash('sha256');
  #descriptor: number | undefined;
  #size = 0;
  #failure: unknown;

  constructor(file: string) {
    this.#file = file;
  }

  get size(): number {
    return this.#size;
  }

  /** A full disk does not stop the task: {@link close} tells of it. */
  append(stream: OutputStream, chunk: Uint8Array): void {
    if (this.#failure !== undefined) return;
    const frame = encodeLogFrame(stream, chunk);
    try {
      this.#descriptor ??= openSync(this.#file, 'w');
      for (let at = 0; at < frame.byteLength;) at += writeSync(this.#descriptor, frame, at);
    } catch (error) {
      this.#failure = error;
      return;
    }
    this.#hash.update(frame);
    this.#size += frame.byteLength;
  }

  /** Ends writing. @throws VelocityError `STORAGE_UNAVAILABLE` when something could not be written */
  close(): { readonly size: number; readonly digest: Digest; readonly chunks: () => AsyncIterable<Uint8Array> } {
    this.#closeFile();
    if (this.#failure !== undefined) {
      throw new VelocityError('STORAGE_UNAVAILABLE', `cannot keep the log: ${errorMessage(this.#failure)}`, {
        cause: this.#failure,
      });
    }
    const digest = this.#hash.digest('hex') as Digest;
    const isEmpty = this.#size === 0;
    return { size: this.#size, digest, chunks: () => (isEmpty ? noChunks() : createReadStream(this.#file)) };
  }

  /** The whole log when it is at most `maxBytes` long. Only after {@link close}. */
  readShort(maxBytes: number): Buffer | undefined {
    if (this.#size === 0) return Buffer.alloc(0);
    return this.#size <= maxBytes ? readFileSync(this.#file) : undefined;
  }

  [Symbol.dispose](): void {
    this.#closeFile();
    try {
      rmSync(this.#file, { force: true });
    } catch {
      // It goes with the run's folder.
    }
  }

  #closeFile(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    try {
      if (descriptor !== undefined) closeSync(descriptor);
    } catch (error) {
      this.#failure ??= error;
    }
  }
}

// eslint-disable-next-line require-yield -- an empty sequence
async function* noChunks(): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
}
