import { createHash } from 'node:crypto';
import { closeSync, constants, lstatSync, mkdirSync, openSync, readdirSync, symlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '@velocity/core';
import { corrupt, quotePath, unsafe, writeFailure } from './artifact-error.js';
import type { FileEntry, SymlinkEntry } from './manifest.js';

const CREATE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/** Creates a new file, never through a link and never over another. */
export function createFile(absolute: string, path: string, mode = 0o644): number {
  try {
    return openSync(absolute, CREATE_FLAGS, mode);
  } catch (error) {
    throw writeFailure(path, error);
  }
}

export function writeAll(fd: number, data: Uint8Array, path: string): void {
  try {
    for (let position = 0; position < data.byteLength;) {
      position += writeSync(fd, data, position, data.byteLength - position);
    }
  } catch (error) {
    throw writeFailure(path, error);
  }
}

/** Writes the entries of a validated manifest below an empty folder that nobody else uses. Links are made last, so that none is ever followed. */
export class StagingWriter {
  readonly #root: string;
  readonly #folders = new Set<string>(['']);
  readonly #links: SymlinkEntry[] = [];

  /** @throws VelocityError `ARTIFACT_UNSAFE` when `root` is not an empty folder */
  constructor(root: string) {
    if (!lstatSync(root).isDirectory() || readdirSync(root).length > 0) throw unsafe(root, 'is not an empty folder');
    this.#root = root;
  }

  /** A file whose content is at hand: checked before it is written. */
  writeFile(entry: FileEntry, data: Uint8Array): void {
    if (digestOf(data) !== entry.digest) throw wrongContent(entry);
    const fd = this.#create(entry);
    try {
      writeAll(fd, data, entry.path);
    } finally {
      closeSync(fd);
    }
  }

  /** A file whose content comes in pieces: `next(max)` gives one to `max` bytes. */
  async streamFile(entry: FileEntry, next: (max: number) => Promise<Uint8Array>): Promise<void> {
    const fd = this.#create(entry);
    try {
      const hash = createHash('sha256');
      for (let remaining = entry.size; remaining > 0;) {
        const piece = await next(remaining);
        hash.update(piece);
        writeAll(fd, piece, entry.path);
        remaining -= piece.byteLength;
      }
      if (hash.digest('hex') !== entry.digest) throw wrongContent(entry);
    } finally {
      closeSync(fd);
    }
  }

  makeFolder(path: string): void {
    if (this.#folders.has(path)) return;
    const slash = path.lastIndexOf('/');
    if (slash > 0) this.makeFolder(path.slice(0, slash));
    try {
      mkdirSync(join(this.#root, path));
    } catch (error) {
      throw writeFailure(path, error);
    }
    this.#folders.add(path);
  }

  addLink(entry: SymlinkEntry): void {
    this.#links.push(entry);
  }

  /** Makes the links. */
  finish(): void {
    for (const { path, target } of this.#links) {
      this.#makeFolderAbove(path);
      try {
        symlinkSync(target, join(this.#root, path));
      } catch (error) {
        throw writeFailure(path, error);
      }
    }
  }

  #create(entry: FileEntry): number {
    this.#makeFolderAbove(entry.path);
    return createFile(join(this.#root, entry.path), entry.path, entry.executable ? 0o755 : 0o644);
  }

  #makeFolderAbove(path: string): void {
    const slash = path.lastIndexOf('/');
    if (slash > 0) this.makeFolder(path.slice(0, slash));
  }
}

function wrongContent(entry: FileEntry): Error {
  return corrupt(`${quotePath(entry.path)} does not have its digest`);
}
