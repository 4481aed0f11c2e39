import { createHash } from 'node:crypto';
import type { Digest } from '@velocity/core';
import { NO_DIGEST, type Seen, type Trace } from './trace.js';
import type { Snapshot } from './snapshot.js';

const MAGIC = 'velocity-snapshot 1';
const NUMBERS = 4;
const DIGEST_BYTES = 32;

type Opening = Omit<Snapshot, 'traces'> & { readonly count: number };

/** Traces as they lie in a file: the one at `index` without making objects of the others. */
export interface TraceTable {
  readonly paths: readonly string[];
  /** Four for each: size, mtimeMs, ctimeMs, ino. */
  readonly numbers: Float64Array;
  readonly seen: Uint8Array;
  digestAt(index: number): Digest;
}

/**
 * Layout: `velocity-snapshot 1 <SHA-256 of the rest> <bytes of JSON>`, a line feed, the JSON of everything but the traces, padded with
 * spaces to a multiple of 8; for each trace four doubles; for each its kind in a byte; for each a digest of 32 bytes; the paths, joined by NUL.
 */
export function encodeSnapshot({ traces, ...rest }: Snapshot): Buffer {
  const opening: Opening = { ...rest, count: traces.size };
  const all = [...traces.values()];
  const numbers = new Float64Array(all.length * NUMBERS);
  const seen = Buffer.alloc(all.length);
  const digests = Buffer.alloc(all.length * DIGEST_BYTES);
  for (const [index, trace] of all.entries()) {
    writeNumbers(numbers, index, trace);
    seen[index] = trace.seen;
    if (trace.digest !== NO_DIGEST) digests.write(trace.digest, index * DIGEST_BYTES, 'hex');
  }
  const json = padded(JSON.stringify(opening));
  const paths = Buffer.from([...traces.keys()].join('\0'));
  return withHeader(json.byteLength, [json, Buffer.from(numbers.buffer), seen, digests, paths]);
}

/** What {@link decodeSnapshot} has read. */
export interface DecodedSnapshot {
  readonly opening: Opening;
  readonly table: TraceTable;
}

/** Undefined for anything that {@link encodeSnapshot} has not written, or that was damaged since. */
export function decodeSnapshot(data: Buffer): DecodedSnapshot | undefined {
  const end = data.indexOf(10);
  const [, digest, jsonBytes] =
    /^velocity-snapshot 1 ([0-9a-f]{64}) (\d+) *$/.exec(data.toString('latin1', 0, Math.max(0, end))) ?? [];
  const body = data.subarray(end + 1);
  if (digest === undefined || sha256([body]) !== digest) return undefined;
  let at = Number(jsonBytes);
  const opening = JSON.parse(body.toString('utf8', 0, at)) as Opening;
  const { count } = opening;
  const take = (bytes: number): Buffer => body.subarray(at, (at += bytes));
  const numbers = take(count * NUMBERS * 8);
  const seen = take(count);
  const digests = take(count * DIGEST_BYTES);
  const paths = count === 0 ? [] : body.toString('utf8', at).split('\0');
  const isAligned = numbers.byteOffset % 8 === 0;
  const { buffer, byteOffset } = isAligned ? numbers : Buffer.from(new Uint8Array(numbers));
  return {
    opening,
    table: {
      paths,
      seen,
      numbers: new Float64Array(buffer, byteOffset, count * NUMBERS),
      digestAt: (index) => {
        const hex = digests.toString('hex', index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES);
        return hex === NOT_WRITTEN ? NO_DIGEST : (hex as Digest);
      },
    },
  };
}

const NOT_WRITTEN = '0'.repeat(2 * DIGEST_BYTES);

function writeNumbers(numbers: Float64Array, index: number, { size, mtimeMs, ctimeMs, ino }: Trace): void {
  const at = index * NUMBERS;
  numbers[at] = size;
  numbers[at + 1] = mtimeMs;
  numbers[at + 2] = ctimeMs;
  numbers[at + 3] = ino;
}

/** The numbers that follow then lie where a Float64Array can be laid over them. */
function padded(json: string): Buffer {
  const bytes = Buffer.from(json);
  return Buffer.concat([bytes, Buffer.alloc((8 - (bytes.byteLength % 8)) % 8, ' ')]);
}

function withHeader(jsonBytes: number, parts: readonly Buffer[]): Buffer {
  const header = `${MAGIC} ${sha256(parts)} ${jsonBytes}`;
  const padding = ' '.repeat((8 - ((header.length + 1) % 8)) % 8);
  return Buffer.concat([Buffer.from(`${header}${padding}\n`), ...parts]);
}

function sha256(parts: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** Every trace of a table, some of them replaced. */
export function tracesOf(table: TraceTable, replaced: ReadonlyMap<number, Trace>): Map<string, Trace> {
  const { paths, numbers } = table;
  return new Map(
    paths.map((path, index) => {
      const [size = 0, mtimeMs = 0, ctimeMs = 0, ino = 0] = numbers.subarray(index * NUMBERS, (index + 1) * NUMBERS);
      const known = { seen: seenAt(table, index), size, mtimeMs, ctimeMs, ino, digest: table.digestAt(index) };
      return [path, replaced.get(index) ?? known];
    }),
  );
}

/** A kind that {@link decodeSnapshot} has read. */
export function seenAt({ seen }: TraceTable, index: number): Seen {
  return seen[index] as Seen;
}
