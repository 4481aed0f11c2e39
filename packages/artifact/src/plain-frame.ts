import { ZSTD_MAGIC } from './zstd-frame.js';

/** One block of a frame holds no more (RFC 8878, 3.1.1.2.4). */
export const MAX_PLAIN_BYTES = 128 * 1024;
const SINGLE_SEGMENT = 0x20;
const FOUR_BYTES_OF_SIZE = 2 << 6;
const HEADER_BYTES = 12;

/**
 * A zstd frame that holds its bytes as they are, in one raw block (RFC 8878, 3.1.1.2.2): every decoder reads it, and writing it takes no encoder.
 * @param data not empty, at most {@link MAX_PLAIN_BYTES}
 */
export function encodePlainFrame(data: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + data.byteLength);
  frame.set(headerFor(data.byteLength));
  frame.set(data, HEADER_BYTES);
  return frame;
}

/** What a frame holds that {@link encodePlainFrame} could have written; undefined for any other. */
export function decodePlainFrame(frame: Uint8Array): Uint8Array | undefined {
  const size = frame.byteLength - HEADER_BYTES;
  if (size < 1 || size > MAX_PLAIN_BYTES) return undefined;
  const isPlain = headerFor(size).equals(frame.subarray(0, HEADER_BYTES));
  return isPlain ? frame.subarray(HEADER_BYTES) : undefined;
}

/** Magic, descriptor, content size, and the header of the only block. */
function headerFor(size: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32LE(ZSTD_MAGIC, 0);
  header[4] = SINGLE_SEGMENT | FOUR_BYTES_OF_SIZE;
  header.writeUInt32LE(size, 5);
  header.writeUIntLE((size << 3) | 1, 9, 3);
  return header;
}
