import { allocateBytes } from './disposable-bytes.js';
import { ZSTD_MAGIC } from './zstd-frame.js';

/** Block_Maximum_Size (RFC 8878, 3.1.1.2.4). */
const BLOCK_BYTES = 128 * 1024;
const BLOCK_HEADER_BYTES = 3;
const FOUR_BYTES_OF_SIZE = 2 << 6;
/** An exponent of 17 and no mantissa: 128 KiB. */
const WINDOW_DESCRIPTOR = (17 - 10) << 3;
const HEADER_BYTES = 10;

/**
 * A zstd frame that holds its bytes as they are, in raw blocks (RFC 8878, 3.1.1.2.2): every decoder reads it, and writing it takes no encoder.
 * @param data not empty
 */
export function encodePlainFrame(data: Uint8Array): Uint8Array {
  const frame = allocateBytes(frameBytes(data.byteLength));
  headerFor(data.byteLength).copy(frame);
  let at = HEADER_BYTES;
  for (let start = 0; start < data.byteLength; start += BLOCK_BYTES) {
    const block = data.subarray(start, start + BLOCK_BYTES);
    frame.writeUIntLE(blockHeader(block.byteLength, start + block.byteLength === data.byteLength), at, 3);
    frame.set(block, at + BLOCK_HEADER_BYTES);
    at += BLOCK_HEADER_BYTES + block.byteLength;
  }
  return frame;
}

/** The pieces of a frame that {@link encodePlainFrame} could have written; undefined for any other. */
export function readPlainFrame(frame: Uint8Array, size: number): readonly Uint8Array[] | undefined {
  if (frame.byteLength !== frameBytes(size) || !headerFor(size).equals(frame.subarray(0, HEADER_BYTES)))
    return undefined;
  const view = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  const pieces: Uint8Array[] = [];
  let at = HEADER_BYTES;
  for (let left = size; left > 0;) {
    const length = Math.min(left, BLOCK_BYTES);
    left -= length;
    if (view.readUIntLE(at, 3) !== blockHeader(length, left === 0)) return undefined;
    at += BLOCK_HEADER_BYTES;
    pieces.push(frame.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

function frameBytes(size: number): number {
  return HEADER_BYTES + Math.ceil(size / BLOCK_BYTES) * BLOCK_HEADER_BYTES + size;
}

/** Last block (1 bit), raw (2 bits), size. */
function blockHeader(size: number, isLast: boolean): number {
  return (size << 3) | (isLast ? 1 : 0);
}

/** Magic, descriptor, window, content size. */
function headerFor(size: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32LE(ZSTD_MAGIC, 0);
  header[4] = FOUR_BYTES_OF_SIZE;
  header[5] = WINDOW_DESCRIPTOR;
  header.writeUInt32LE(size, 6);
  return header;
}
