import { readFileSync } from 'node:fs';
import { digestOf, type Digest } from './digest.js';

/** What the file system said of a file when it was hashed, and its digest. */
export interface FileIndexEntry {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  readonly mode: number;
  readonly hashedAtMs: number;
  readonly digest: Digest;
}

const MAGIC = 'velocity-file-index 1';
const NUMBERS = 6;
const DIGEST_BYTES = 32;

/** The entries of an index file, made into objects one by one, when somebody asks: of 20,000 most are only compared. */
export class StoredEntries {
  readonly #paths: readonly string[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #numbers: Float64Array;
  readonly #digests: Buffer;

  /** Absent, damaged and foreign files have no entries. */
  static read(file: string | undefined): StoredEntries {
    try {
      return (file !== undefined && decode(readFileSync(file))) || NONE;
    } catch {
      // Absent or unreadable: start afresh.
      return NONE;
    }
  }

  constructor(paths: readonly string[], numbers: Float64Array, digests: Buffer) {
    this.#paths = paths;
    this.#places = new Map(paths.map((path, index) => [path, index]));
    this.#numbers = numbers;
    this.#digests = digests;
  }

  get(path: string): FileIndexEntry | undefined {
    const index = this.#places.get(path);
    if (index === undefined) return undefined;
    const at = index * NUMBERS;
    const numbers = this.#numbers;
    return {
      size: numbers[at] ?? 0,
      mtimeMs: numbers[at + 1] ?? 0,
      ctimeMs: numbers[at + 2] ?? 0,
      ino: numbers[at + 3] ?? 0,
      mode: numbers[at + 4] ?? 0,
      hashedAtMs: numbers[at + 5] ?? 0,
      digest: this.#digests.toString('hex', index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES) as Digest,
    };
  }

  /**
   * These entries with others in their place or besides, as a file has them.
   *
   * Layout: a header line (magic, entry count, SHA-256 of the rest), 6 doubles an entry, 32 bytes of digest an entry, the paths joined by NUL.
   */
  encodeWith(learned: ReadonlyMap<string, FileIndexEntry>): Buffer {
    const added = [...learned.keys()].filter((path) => !this.#places.has(path));
    const paths = added.length === 0 ? this.#paths : [...this.#paths, ...added];
    const numbers = new Float64Array(paths.length * NUMBERS);
    const digests = Buffer.allocUnsafe(paths.length * DIGEST_BYTES);
    // Of 20,000 entries mostly a few are new: the others are copied as they lie.
    numbers.set(this.#numbers);
    digests.set(this.#digests);
    let next = this.#paths.length;
    for (const [path, entry] of learned) {
      const index = this.#places.get(path) ?? next++;
      numbers.set([entry.size, entry.mtimeMs, entry.ctimeMs, entry.ino, entry.mode, entry.hashedAtMs], index * NUMBERS);
      digests.write(entry.digest, index * DIGEST_BYTES, 'hex');
    }
    const body = Buffer.concat([Buffer.from(numbers.buffer), digests, Buffer.from(paths.join('\0'))]);
    return Buffer.concat([Buffer.from(`${MAGIC} ${paths.length} ${digestOf(body)}\n`), body]);
  }
}

const NONE = new StoredEntries([], new Float64Array(), Buffer.alloc(0));

function decode(data: Buffer): StoredEntries | undefined {
  const headerEnd = data.indexOf(10);
  const header = data.toString('latin1', 0, Math.max(headerEnd, 0));
  const body = data.subarray(headerEnd + 1);
  const match = /^(.+) (\d+) ([0-9a-f]{64})$/.exec(header);
  if (match?.[1] !== MAGIC || digestOf(body) !== match[3]) return undefined;
  const count = Number(match[2]);
  const numbersEnd = count * NUMBERS * 8;
  const digestsEnd = numbersEnd + count * DIGEST_BYTES;
  const numbers = new Float64Array(body.buffer.slice(body.byteOffset, body.byteOffset + numbersEnd));
  const paths = count === 0 ? [] : body.toString('utf8', digestsEnd).split('\0');
  return new StoredEntries(paths, numbers, body.subarray(numbersEnd, digestsEnd));
}
