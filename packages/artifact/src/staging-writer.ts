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

export interface StagedFile {
  append(piece: Uint8Array): void;
  /** @throws VelocityError `ARTIFACT_CORRUPT` when it does not have its digest */
  finish(): void;
  close(): void;
}

/**
 * Writes entries of a validated manifest, in its order, below an empty folder that nobody else uses. Links are made last, so that none is
 * ever followed.
 */
export class StagingWriter {
  readonly #root: string;
  #base = '';
  /** Made last. What lies below one folder comes in one run: only the folders above this one can come up again. */
  #folder = '';

  /** @throws VelocityError `ARTIFACT_UNSAFE` when `root` is not an empty folder */
  constructor(root: string) {
    if (!lstatSync(root).isDirectory() || readdirSync(root).length > 0) throw unsafe(root, 'is not an empty folder');
    this.#root = root;
  }

  /** From here on entries, all of them below `base`, are written without that part of their paths. */
  startBelow(base: string): void {
    this.#base = base;
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

  /** A file whose content comes in pieces. The caller closes it, finished or not. */
  openFile(entry: FileEntry): StagedFile {
    const fd = this.#create(entry);
    const hash = createHash('sha256');
    return {
      append(piece) {
        hash.update(piece);
        writeAll(fd, piece, entry.path);
      },
      finish() {
        if (hash.digest('hex') !== entry.digest) throw wrongContent(entry);
      },
      close: () => closeSync(fd),
    };
  }

  /** The folder, and those above it that are not there yet. */
  makeFolder(path: string): void {
    if (path === this.#base || path === this.#folder || this.#folder.startsWith(`${path}/`)) return;
    this.makeFolder(folderOf(path));
    try {
      mkdirSync(this.#placeOf(path));
    } catch (error) {
      throw writeFailure(path, error);
    }
    this.#folder = path;
  }

  /** What {@link addLink} needs, while it is this entry's turn. */
  prepareLink(entry: SymlinkEntry): void {
    this.makeFolder(folderOf(entry.path));
  }

  /** Once everything else is written: whatever comes after it could go through the link. */
  addLink({ path, target }: SymlinkEntry): void {
    try {
      symlinkSync(target, this.#placeOf(path));
    } catch (error) {
      throw writeFailure(path, error);
    }
  }

  #placeOf(path: string): string {
    return placeInStaging(this.#root, this.#base, path);
  }

  #create(entry: FileEntry): number {
    this.makeFolder(folderOf(entry.path));
    return createFile(this.#placeOf(entry.path), entry.path, entry.executable ? 0o755 : 0o644);
  }
}

/** Where an entry is in a staging folder that holds what lies below `base`. */
export function placeInStaging(staging: string, base: string, path: string): string {
  return join(staging, base === '' ? path : path.slice(base.length + 1));
}

/** Empty for what lies in the root. */
function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function wrongContent(entry: FileEntry): Error {
  return corrupt(`${quotePath(entry.path)} does not have its digest`);
}
