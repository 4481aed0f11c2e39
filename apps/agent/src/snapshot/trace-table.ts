import type { Digest } from '@velocity/core';
import type { Row } from './evidence.js';
import { NO_DIGEST, type Seen, type Trace } from './trace.js';

const NUMBERS = 4;
const DIGEST_BYTES = 32;
const NOT_WRITTEN = '0'.repeat(2 * DIGEST_BYTES);

/** Traces as they lie in a file: the one at `index` without making objects of the others. */
export interface TraceTable {
  readonly paths: readonly string[];
  /** The same, joined by NUL: who needs each of 40,000 once takes them from here, and leaves no strings for the garbage collector to carry about. */
  readonly pathBytes: Buffer;
  /** Four for each: size, mtimeMs, ctimeMs, ino. */
  readonly numbers: Float64Array;
  /** One for each. */
  readonly seen: Uint8Array;
  /** 32 bytes for each; zeros for {@link NO_DIGEST}. */
  readonly digests: Buffer;
}

/** Rows that belong together: new ones, or some of a table that is there already. */
export type Segment = readonly Row[] | TableRange;

export interface TableRange {
  readonly table: TraceTable;
  readonly start: number;
  readonly end: number;
}

export function traceAt(table: TraceTable, index: number): Trace {
  const { numbers } = table;
  const [size = 0, mtimeMs = 0, ctimeMs = 0, ino = 0] = numbers.subarray(index * NUMBERS, (index + 1) * NUMBERS);
  return { seen: seenAt(table, index), size, mtimeMs, ctimeMs, ino, digest: digestAt(table, index) };
}

/** A kind that was written by {@link buildTable}. */
export function seenAt({ seen }: TraceTable, index: number): Seen {
  return seen[index] as Seen;
}

export function digestAt({ digests }: TraceTable, index: number): Digest {
  const hex = digests.toString('hex', index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES);
  return hex === NOT_WRITTEN ? NO_DIGEST : (hex as Digest);
}

export function rowsOf({ table, start, end }: TableRange): Row[] {
  return table.paths.slice(start, end).map((path, offset) => [path, traceAt(table, start + offset)]);
}

/** All segments, one after the other. */
export function buildTable(segments: readonly Segment[]): TraceTable {
  const count = segments.reduce((sum, segment) => sum + lengthOf(segment), 0);
  const parts = merged(segments);
  const paths = pathsOf(parts);
  const built = {
    paths,
    pathBytes: Buffer.from(paths.join('\0')),
    numbers: new Float64Array(count * NUMBERS),
    seen: new Uint8Array(count),
    digests: Buffer.alloc(count * DIGEST_BYTES),
  };
  let at = 0;
  for (const part of parts) {
    if ('table' in part) copyRange(built, at, part);
    else for (const [offset, [, trace]] of part.entries()) writeTrace(built, at + offset, trace);
    at += lengthOf(part);
  }
  return built;
}

function pathsOf(parts: readonly Segment[]): string[] {
  const paths: string[] = [];
  for (const part of parts) {
    if ('table' in part)
      for (let index = part.start; index < part.end; index++) paths.push(part.table.paths[index] ?? '');
    else for (const [path] of part) paths.push(path);
  }
  return paths;
}

/** Ranges that follow each other as one: of 2,000 segments mostly all but a few are what they were. */
function merged(segments: readonly Segment[]): Segment[] {
  const parts: Segment[] = [];
  for (const segment of segments) {
    const last = parts.at(-1);
    const isNext =
      last !== undefined &&
      'table' in last &&
      'table' in segment &&
      last.table === segment.table &&
      last.end === segment.start;
    if (isNext) parts[parts.length - 1] = { ...last, end: segment.end };
    else if (lengthOf(segment) > 0) parts.push(segment);
  }
  return parts;
}

export function lengthOf(segment: Segment): number {
  return 'table' in segment ? segment.end - segment.start : segment.length;
}

/** Puts another trace in the place of one. */
export function writeTrace(table: TraceTable, index: number, trace: Trace): void {
  const { size, mtimeMs, ctimeMs, ino, digest } = trace;
  table.numbers.set([size, mtimeMs, ctimeMs, ino], index * NUMBERS);
  table.seen[index] = trace.seen;
  const at = index * DIGEST_BYTES;
  if (digest === NO_DIGEST) table.digests.fill(0, at, at + DIGEST_BYTES);
  else table.digests.write(digest, at, 'hex');
}

function copyRange(target: TraceTable, at: number, { table, start, end }: TableRange): void {
  target.numbers.set(table.numbers.subarray(start * NUMBERS, end * NUMBERS), at * NUMBERS);
  target.seen.set(table.seen.subarray(start, end), at);
  target.digests.set(table.digests.subarray(start * DIGEST_BYTES, end * DIGEST_BYTES), at * DIGEST_BYTES);
}

/** The parts of a table as they lie in a file; the first one must lie at a multiple of 8. */
export function encodeTable({ numbers, seen, digests, pathBytes }: TraceTable): Buffer[] {
  const { buffer, byteOffset, byteLength } = numbers;
  return [Buffer.from(buffer, byteOffset, byteLength), Buffer.from(seen), digests, pathBytes];
}

/** @param count of its rows */
export function decodeTable(data: Buffer, count: number): TraceTable {
  let at = 0;
  const take = (bytes: number): Buffer => data.subarray(at, (at += bytes));
  const numbers = take(count * NUMBERS * 8);
  const seen = take(count);
  const digests = take(count * DIGEST_BYTES);
  const pathBytes = data.subarray(at);
  const isAligned = numbers.byteOffset % 8 === 0;
  const { buffer, byteOffset } = isAligned ? numbers : Buffer.from(new Uint8Array(numbers));
  let paths: readonly string[] | undefined;
  return {
    get paths() {
      paths ??= count === 0 ? [] : pathBytes.toString().split('\0');
      return paths;
    },
    pathBytes,
    seen,
    digests,
    numbers: new Float64Array(buffer, byteOffset, count * NUMBERS),
  };
}
