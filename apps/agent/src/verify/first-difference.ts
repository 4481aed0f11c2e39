import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';

export interface Difference {
  /** Of the first byte that differs, from 0; the length of the shorter file when the longer one begins with it. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** Where that line begins. */
  readonly lineStart: number;
}

/** Some bytes of a file around a place: `offset` is that place in `bytes`. */
export interface Around {
  readonly bytes: Buffer;
  readonly offset: number;
  /** The line that the place is in begins before `bytes`. */
  readonly isCut: boolean;
}

const CHUNK_BYTES = 256 * 1024;
const AROUND_BYTES = 256;
const NEWLINE = 10;

/** Undefined when both files hold the same bytes. */
export async function firstDifference(first: string, second: string): Promise<Difference | undefined> {
  await using a = await open(first);
  await using b = await open(second);
  const buffers = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)] as const;
  let [position, line, lineStart] = [0, 1, 0];
  for (;;) {
    const [read, otherRead] = [await readFull(a, buffers[0], position), await readFull(b, buffers[1], position)];
    const [chunk, other] = [buffers[0].subarray(0, read), buffers[1].subarray(0, otherRead)];
    const isEqual = chunk.equals(other);
    if (isEqual && read < CHUNK_BYTES) return undefined;
    const end = isEqual ? read : firstUnequal(chunk, other);
    for (let at = chunk.indexOf(NEWLINE); at !== -1 && at < end; at = chunk.indexOf(NEWLINE, at + 1)) {
      line += 1;
      lineStart = position + at + 1;
    }
    position += end;
    if (!isEqual) return { offset: position, line, lineStart };
  }
}

export function readAround(file: string, { offset, lineStart }: Difference): Around {
  const start = Math.max(lineStart, offset - AROUND_BYTES, 0);
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(offset - start + AROUND_BYTES);
    const read = readSync(descriptor, buffer, 0, buffer.length, start);
    return { bytes: buffer.subarray(0, read), offset: offset - start, isCut: start > lineStart };
  } finally {
    closeSync(descriptor);
  }
}

async function readFull(file: Awaited<ReturnType<typeof open>>, buffer: Buffer, position: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

function firstUnequal(a: Buffer, b: Buffer): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return index;
  return length;
}
