import { createHash } from 'node:crypto';
import type { Snapshot, SnapshotOpening } from './snapshot.js';
import { decodeTable, encodeTable } from './trace-table.js';

const MAGIC = 'velocity-snapshot 4';

/**
 * Layout: `velocity-snapshot 4 <SHA-256 of the rest> <bytes of JSON> <traces> <bytes of them>`, a line feed, the JSON of the opening,
 * padded with spaces to a multiple of 8; for each trace four doubles; for each its kind in a byte; for each a digest of 32 bytes; the
 * paths, joined by NUL; the memory of the plan.
 */
export function encodeSnapshot({ opening, table, memory }: Snapshot): Buffer {
  const json = padded(JSON.stringify(opening));
  const traces = encodeTable(table);
  const traceBytes = traces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const parts = [json, ...traces, memory];
  const header = `${MAGIC} ${sha256(parts)} ${json.byteLength} ${table.paths.length} ${traceBytes}`;
  const padding = ' '.repeat((8 - ((header.length + 1) % 8)) % 8);
  return Buffer.concat([Buffer.from(`${header}${padding}\n`), ...parts]);
}

/** Undefined for anything that {@link encodeSnapshot} has not written, or that was damaged since. */
export function decodeSnapshot(data: Buffer): Snapshot | undefined {
  const end = data.indexOf(10);
  const header = data.toString('latin1', 0, Math.max(0, end));
  const [, digest, ...sizes] = /^velocity-snapshot 4 ([0-9a-f]{64}) (\d+) (\d+) (\d+) *$/.exec(header) ?? [];
  const body = data.subarray(end + 1);
  if (digest === undefined || sha256([body]) !== digest) return undefined;
  const [jsonBytes = 0, count = 0, traceBytes = 0] = sizes.map(Number);
  return {
    opening: JSON.parse(body.toString('utf8', 0, jsonBytes)) as SnapshotOpening,
    table: decodeTable(body.subarray(jsonBytes, jsonBytes + traceBytes), count),
    memory: body.subarray(jsonBytes + traceBytes),
  };
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
