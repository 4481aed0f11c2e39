import { createHash } from 'node:crypto';
import { closeSync, fstatSync, lstatSync, read, readdirSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isErrno, VelocityError, type Digest } from '@velocity/core';
import { changed } from './artifact-error.js';
import type { FileEntry, ManifestEntry } from './manifest.js';
import { isExecutable, openOutput } from './open-output.js';

/** Gives out the content of one member, piece by piece and in order. */
export interface ContentReader {
  /** Fills the whole of `target` with what comes next. Synchronous where that is faster. */
  fill(target: Buffer): void | Promise<void>;
  /** Called once all was given out: throws when that was not what the manifest says. */
  finish(): void;
  /** Gives back what it holds; may be called at any time. */
  close(): void;
}

/** Reads from this size on go through the thread pool, so that compression goes on meanwhile. */
const ASYNC_READ_BYTES = 1024 ** 2;

const readAsync = promisify(read);

/** An output as it is on the disk now, checked against its entry. */
export function entryReader(root: string, entry: ManifestEntry): ContentReader {
  if (entry.type === 'file') return new FileReader(join(root, entry.path), entry);
  return { fill: () => {}, finish: () => checkUnchanged(join(root, entry.path), entry), close: () => {} };
}

export function bufferReader(data: Uint8Array): ContentReader {
  let position = 0;
  return {
    fill(target) {
      target.set(data.subarray(position, position + target.byteLength));
      position += target.byteLength;
    },
    finish: () => {},
    close: () => {},
  };
}

/** Content of stated size and digest that comes as a stream. @throws VelocityError `INTEGRITY` when it is not that */
export function streamReader(
  expected: {
    readonly size: number;
    readonly digest: Digest;
    chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  },
  what: string,
): ContentReader {
  const hash = createHash('sha256');
  let iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array> | undefined;
  let rest: Uint8Array = new Uint8Array();
  let isDone = false;
  return {
    async fill(target) {
      if (iterator === undefined) {
        const source = expected.chunks();
        iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
      }
      for (let filled = 0; filled < target.byteLength;) {
        if (rest.byteLength === 0) {
          const next = await iterator.next();
          isDone = next.done === true;
          if (isDone) throw new VelocityError('INTEGRITY', `${what} ends before its ${expected.size} bytes`);
          rest = next.value as Uint8Array;
        }
        const piece = rest.subarray(0, target.byteLength - filled);
        target.set(piece, filled);
        hash.update(piece);
        filled += piece.byteLength;
        rest = rest.subarray(piece.byteLength);
      }
    },
    finish() {
      if (rest.byteLength > 0 || hash.digest('hex') !== expected.digest) {
        throw new VelocityError('INTEGRITY', `${what} is not what its digest says`);
      }
    },
    close() {
      if (!isDone) void Promise.resolve(iterator?.return?.()).catch(() => {});
      isDone = true;
    },
  };
}

class FileReader implements ContentReader {
  readonly #absolute: string;
  readonly #entry: FileEntry;
  readonly #hash = createHash('sha256');
  #fd: number | undefined;

  constructor(absolute: string, entry: FileEntry) {
    this.#absolute = absolute;
    this.#entry = entry;
  }

  fill(target: Buffer): void | Promise<void> {
    const fd = this.#open();
    if (target.byteLength >= ASYNC_READ_BYTES) return this.#fillLater(fd, target);
    for (let filled = 0; filled < target.byteLength;) {
      filled += this.#progress(readSync(fd, target, filled, target.byteLength - filled, null));
    }
    this.#hash.update(target);
    return undefined;
  }

  finish(): void {
    // Of an empty file nothing was asked for yet.
    const stats = fstatSync(this.#open());
    if (stats.size !== this.#entry.size || this.#hash.digest('hex') !== this.#entry.digest) {
      throw changed(this.#entry.path, 'has other content than when it was hashed');
    }
    this.close();
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  async #fillLater(fd: number, target: Buffer): Promise<void> {
    for (let filled = 0; filled < target.byteLength;) {
      const { bytesRead } = await readAsync(fd, target, filled, target.byteLength - filled, null);
      filled += this.#progress(bytesRead);
    }
    this.#hash.update(target);
  }

  #open(): number {
    if (this.#fd !== undefined) return this.#fd;
    const { path, size, executable } = this.#entry;
    const { fd, stats } = openOutput(this.#absolute, path);
    this.#fd = fd;
    if (stats.size !== size || isExecutable(stats) !== executable) {
      throw changed(path, 'has changed since it was hashed');
    }
    return fd;
  }

  #progress(bytesRead: number): number {
    if (bytesRead === 0) throw changed(this.#entry.path, 'became shorter while it was read');
    return bytesRead;
  }
}

function checkUnchanged(absolute: string, entry: ManifestEntry): void {
  try {
    if (entry.type === 'symlink' && readlinkSync(absolute) === entry.target) return;
    if (entry.type === 'directory' && lstatSync(absolute).isDirectory() && readdirSync(absolute).length === 0) return;
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR', 'EINVAL')) throw error;
  }
  throw changed(entry.path, 'has changed since it was looked at');
}
