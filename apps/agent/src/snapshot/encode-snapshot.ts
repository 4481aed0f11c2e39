import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Snapshot, SnapshotMemory, SnapshotOpening } from './snapshot.js';
import { decodeTable, encodeTable } from './trace-table.js';

const MAGIC = 'velocity-snapshot 5';
const HEADER = /^velocity-snapshot 5 ([0-9a-f]{64}) ([0-9a-f]{64}) (\d+) (\d+) (\d+) (\d+) *$/;
const MAX_HEADER_BYTES = 512;

/**
 * Layout: `velocity-snapshot 5 <SHA-256 of opening and traces> <that of the memory> <bytes of the opening> <traces> <bytes of them> <bytes of
 * the memory>`, a line feed; the opening as JSON, padded with spaces to a multiple of 8; for each trace four doubles; for each its kind in a
 * byte; for each a digest of 32 bytes; the paths, joined by NUL; the memory. Undefined where the memory is gone.
 */
export function encodeSnapshot({ opening, table, memory }: Snapshot): Buffer | undefined {
  const memoryBytes = memory.read();
  if (memoryBytes === undefined) return undefined;
  const json = padded(JSON.stringify(opening));
  const traces = encodeTable(table);
  const traceBytes = traces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const sizes = [json.byteLength, table.seen.byteLength, traceBytes, memoryBytes.byteLength];
  const header = [MAGIC, sha256([json, ...traces]), sha256([memoryBytes]), ...sizes].join(' ');
  const padding = ' '.repeat((8 - ((header.length + 1) % 8)) % 8);
  return Buffer.concat([Buffer.from(`${header}${padding}\n`), json, ...traces, memoryBytes]);
}

/** Reads all but the memory. Undefined for anything that {@link encodeSnapshot} has not written, or that was damaged since. */
export function readSnapshot(file: string): Snapshot | undefined {
  const start = readPart(file, 0, MAX_HEADER_BYTES);
  const end = start?.indexOf(10) ?? -1;
  const [, digest, memoryDigest, ...sizes] = HEADER.exec(start?.toString('latin1', 0, Math.max(0, end)) ?? '') ?? [];
  if (digest === undefined) return undefined;
  const [jsonBytes = 0, count = 0, traceBytes = 0, byteLength = 0] = sizes.map(Number);
  const body = readPart(file, end + 1, jsonBytes + traceBytes);
  if (body === undefined || sha256([body]) !== digest) return undefined;
  const memory: SnapshotMemory = {
    byteLength,
    read: () => {
      const bytes = readPart(file, end + 1 + body.byteLength, byteLength);
      return bytes !== undefined && sha256([bytes]) === memoryDigest ? bytes : undefined;
    },
  };
  return {
    opening: JSON.parse(body.toString('utf8', 0, jsonBytes)) as SnapshotOpening,
    table: decodeTable(body.subarray(jsonBytes), count),
    memory,
  };
}

/** What is there of it; undefined where there is no such file. */
function readPart(file: string, position: number, length: number): Buffer | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(file, 'r');
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, fstatSync(fd).size - position)));
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.byteLength, position));
  } catch {
    // None, or none that can be read: the run plans afresh.
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** The numbers that follow then lie where a Float64Array can be laid over them. */
function padded(json: string): Buffer {
  const bytes = Buffer.from(json);
  return Buffer.concat([bytes, Buffer.alloc((8 - (bytes.byteLength % 8)) % 8, ' ')]);
}

function sha256(parts: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
