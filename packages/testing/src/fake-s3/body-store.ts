import {
  closeSync,
  createReadStream,
  mkdtempSync,
  openSync,
  realpathSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The bytes of one object; they do not change. */
export interface StoredBody {
  readonly size: number;
  /** From `start` up to but not including `end`. Safe against a `discard` that comes while it is being read. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
  discard(): void;
}

export interface BodyWriter {
  write(chunk: Uint8Array): void;
  /** The body is complete. */
  finish(): StoredBody;
  /** Nothing is left of what was written. */
  abort(): void;
}

export interface BodyStore extends Disposable {
  create(): BodyWriter;
}

export function memoryBodies(): BodyStore {
  return {
    create: () => {
      const chunks: Uint8Array[] = [];
      return {
        write: (chunk) => void chunks.push(chunk),
        finish: () => {
          const bytes = Buffer.concat(chunks);
          return {
            size: bytes.length,
            read: async function* (start, end) {
              // Pieces, as from a disk, so that a fault can strike between two of them.
              for (let at = start; at < end; at += 65_536) yield bytes.subarray(at, Math.min(at + 65_536, end));
            },
            discard: () => undefined,
          };
        },
        abort: () => undefined,
      };
    },
    [Symbol.dispose]: () => undefined,
  };
}

/** For objects that should not stand in memory; each is one file of a temporary folder that goes with the store. */
export function diskBodies(): BodyStore {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'velocity-fake-s3-'));
  let count = 0;
  return {
    create: () => {
      const path = join(folder, String((count += 1)));
      const file = openSync(path, 'wx');
      let size = 0;
      return {
        write: (chunk) => {
          for (let at = 0; at < chunk.length;) at += writeSync(file, chunk, at);
          size += chunk.length;
        },
        finish: () => {
          closeSync(file);
          return {
            size,
            read: (start, end) => readRange(path, start, end),
            discard: () => unlinkSync(path),
          };
        },
        abort: () => {
          closeSync(file);
          unlinkSync(path);
        },
      };
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Opens the file at once: one that is deleted from here on can still be read to its end. */
function readRange(path: string, start: number, end: number): AsyncIterable<Uint8Array> {
  if (end <= start) return emptyBytes();
  return createReadStream(path, { fd: openSync(path, 'r'), start, end: end - 1 });
}

// oxlint-disable-next-line require-yield -- the empty iterable
async function* emptyBytes(): AsyncGenerator<Uint8Array> {}
