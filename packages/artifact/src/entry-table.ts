import type { Digest, RelativePath } from '@velocity/core';
import { MAX_PATH_BYTES } from './limits.js';
import type { EntryList, Manifest, ManifestEntry } from './manifest.js';

const KINDS = ['file', 'executable', 'symlink', 'directory'] as const;
/** Names are gathered in chunks of this size; those of one entry lie in one chunk. */
const CHUNK_BYTES = 256 * 1024;
const DIGEST_BYTES = 32;
/** Beside its names: what the columns below take. */
const ENTRY_BYTES = DIGEST_BYTES + 15;

/**
 * A manifest's entries outside of the JavaScript heap: 200,000 take 47 bytes each and what their paths do not share with the one before,
 * where as many objects take 250 and more, and leave a heap behind that has grown with them. Entries are made anew each time that they
 * are gone through.
 */
export class EntryTable implements EntryList {
  readonly #capacity: number;
  #length = 0;
  readonly #names = new NameWriter();
  /** Bytes of a path that are those of the path before. */
  readonly #sharedLengths: Uint16Array;
  readonly #restLengths: Uint16Array;
  readonly #targetLengths: Uint16Array;
  readonly #kinds: Uint8Array;
  readonly #sizes: Float64Array;
  readonly #digests: Buffer;

  /** @param capacity the most entries that it will have; memory is used as they come */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#sharedLengths = new Uint16Array(capacity);
    this.#restLengths = new Uint16Array(capacity);
    this.#targetLengths = new Uint16Array(capacity);
    this.#kinds = new Uint8Array(capacity);
    this.#sizes = new Float64Array(capacity);
    this.#digests = Buffer.allocUnsafeSlow(DIGEST_BYTES * capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** What it takes, roughly. */
  get memoryBytes(): number {
    return this.#names.chunks.length * CHUNK_BYTES + this.#capacity * ENTRY_BYTES;
  }

  /** Paths come in order. */
  push(entry: ManifestEntry): void {
    const index = this.#length;
    if (index >= this.#capacity) throw new RangeError(`more than ${this.#capacity} entries`);
    this.#length += 1;
    const { shared, rest, target } = this.#names.write(entry.path, entry.type === 'symlink' ? entry.target : '');
    this.#sharedLengths[index] = shared;
    this.#restLengths[index] = rest;
    this.#targetLengths[index] = target;
    this.#kinds[index] = KINDS.indexOf(entry.type === 'file' && entry.executable ? 'executable' : entry.type);
    if (entry.type !== 'file') return;
    this.#sizes[index] = entry.size;
    this.#digests.write(entry.digest, DIGEST_BYTES * index, 'hex');
  }

  *[Symbol.iterator](): Generator<ManifestEntry, void, undefined> {
    const names = new NameReader(this.#names.chunks);
    for (let index = 0; index < this.#length; index++) {
      const shared = this.#sharedLengths[index] as number;
      const rest = this.#restLengths[index] as number;
      const { path, target } = names.read(shared, rest, this.#targetLengths[index] as number);
      yield this.#entry(index, path as RelativePath, target);
    }
  }

  /** The same as a plain value, whose entries become objects when they are first looked at. */
  toManifest(): Manifest {
    let entries: readonly ManifestEntry[] | undefined;
    const list = (): readonly ManifestEntry[] => [...this];
    return {
      version: 1,
      get entries() {
        return (entries ??= list());
      },
    };
  }

  #entry(index: number, path: RelativePath, target: string): ManifestEntry {
    const kind = KINDS[this.#kinds[index] as number];
    if (kind === 'directory') return { path, type: kind };
    if (kind === 'symlink') return { path, type: kind, target };
    const digest = this.#digests.toString('hex', DIGEST_BYTES * index, DIGEST_BYTES * (index + 1)) as Digest;
    return { path, type: 'file', executable: kind === 'executable', size: this.#sizes[index] as number, digest };
  }
}

class NameWriter {
  readonly chunks: Buffer[] = [];
  #used = CHUNK_BYTES;
  #path = Buffer.allocUnsafeSlow(MAX_PATH_BYTES);
  #pathLength = 0;
  #previous = Buffer.allocUnsafeSlow(MAX_PATH_BYTES);

  /** @returns in bytes: what the path shares with the one before, the rest of it, the target */
  write(path: string, target: string): { readonly shared: number; readonly rest: number; readonly target: number } {
    [this.#previous, this.#path] = [this.#path, this.#previous];
    const previousLength = this.#pathLength;
    this.#pathLength = this.#path.write(path, 'utf8');
    const most = Math.min(previousLength, this.#pathLength);
    let shared = 0;
    while (shared < most && this.#path[shared] === this.#previous[shared]) shared += 1;
    const rest = this.#pathLength - shared;
    const targetLength = Buffer.byteLength(target);
    const chunk = this.#chunkFor(rest + targetLength);
    this.#path.copy(chunk, this.#used, shared, this.#pathLength);
    chunk.write(target, this.#used + rest, 'utf8');
    this.#used += rest + targetLength;
    return { shared, rest, target: targetLength };
  }

  #chunkFor(size: number): Buffer {
    if (this.#used + size > CHUNK_BYTES) {
      this.chunks.push(Buffer.allocUnsafeSlow(CHUNK_BYTES));
      this.#used = 0;
    }
    return this.chunks.at(-1) as Buffer;
  }
}

/** Goes through the chunks as they were written. */
class NameReader {
  readonly #chunks: readonly Buffer[];
  #chunk = -1;
  #used = CHUNK_BYTES;
  readonly #path = Buffer.allocUnsafeSlow(MAX_PATH_BYTES);

  constructor(chunks: readonly Buffer[]) {
    this.#chunks = chunks;
  }

  read(shared: number, rest: number, target: number): { readonly path: string; readonly target: string } {
    if (this.#used + rest + target > CHUNK_BYTES) {
      this.#chunk += 1;
      this.#used = 0;
    }
    const chunk = this.#chunks[this.#chunk] as Buffer;
    const pathEnd = this.#used + rest;
    chunk.copy(this.#path, shared, this.#used, pathEnd);
    this.#used = pathEnd + target;
    return {
      path: this.#path.toString('utf8', 0, shared + rest),
      target: target === 0 ? '' : chunk.toString('utf8', pathEnd, this.#used),
    };
  }
}
