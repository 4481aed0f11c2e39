import { corrupt } from './artifact-error.js';

/** Windows above this are never written and never accepted: a decoder allocates them on the frame's word alone. */
export const MAX_WINDOW_LOG = 23;

export const ZSTD_MAGIC = 0xfd2fb528;
const MAX_BLOCK_SIZE = 128 * 1024;
/** Bytes of Frame_Content_Size by its flag; with flag 0 there is one byte in single-segment frames and none in others. */
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;

interface ZstdBlock {
  /** Where it ends in the frame. */
  readonly end: number;
  readonly isCompressed: boolean;
  /** What comes out of it, unless it is compressed: then what goes in. */
  readonly size: number;
}

interface FrameHeader {
  readonly length: number;
  readonly contentSize: number | undefined;
  readonly hasChecksum: boolean;
}

/**
 * Checks, before any decoder sees it, that `frame` is exactly one zstd frame (RFC 8878, 3.1.1) that says it is for `unpackedSize` bytes: no
 * dictionary, no window above 8 MiB, blocks that end where the frame does, nothing after it. Where the size is not said, decoders take a
 * window of memory more.
 *
 * @throws VelocityError `ARTIFACT_CORRUPT`
 */
export function checkFrame(frame: Uint8Array, unpackedSize: number): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const header = readHeader(view);
  if (header.contentSize === undefined) throw corrupt('a zstd frame does not say how many bytes it is for');
  if (header.contentSize !== unpackedSize) {
    throw corrupt(`a zstd frame is for ${header.contentSize} bytes instead of ${unpackedSize}`);
  }
  const end = header.hasChecksum ? view.byteLength - 4 : view.byteLength;
  let last: ZstdBlock = { end: header.length, isCompressed: false, size: 0 };
  let minimum = 0;
  for (last of blocksFrom(view, header.length)) if (!last.isCompressed) minimum += last.size;
  if (last.end !== end) throw corrupt(last.end > end ? 'a zstd frame is truncated' : 'something follows a zstd frame');
  if (minimum > unpackedSize) throw corrupt(`a zstd frame holds more than ${unpackedSize} bytes`);
}

/** A checked frame in pieces cut between blocks: no piece has more than `maxInput` bytes (or one block), none gives more than `maxOutput`. */
export function* splitFrame(
  frame: Uint8Array,
  maxInput: number,
  maxOutput: number,
): Generator<Uint8Array, void, undefined> {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  let start = 0;
  let previousEnd = 0;
  let output = 0;
  for (const block of blocksFrom(view, readHeader(view).length)) {
    const blockOutput = block.isCompressed ? MAX_BLOCK_SIZE : block.size;
    if (previousEnd > start && (block.end - start > maxInput || output + blockOutput > maxOutput)) {
      yield frame.subarray(start, previousEnd);
      start = previousEnd;
      output = 0;
    }
    previousEnd = block.end;
    output += blockOutput;
  }
  yield frame.subarray(start);
}

/** RFC 8878, 3.1.1.2: three bytes little-endian: last block (1 bit), type (2: raw, run, compressed, reserved), size (21). */
function* blocksFrom(view: DataView, start: number): Generator<ZstdBlock, void, undefined> {
  let position = start;
  for (let isLast = false; !isLast;) {
    if (position + 3 > view.byteLength) throw corrupt('a zstd frame is truncated');
    const header = view.getUint16(position, true) | (view.getUint8(position + 2) << 16);
    const type = (header >> 1) & 3;
    const size = header >> 3;
    isLast = (header & 1) === 1;
    if (type === 3 || size > MAX_BLOCK_SIZE) throw corrupt('a zstd frame has a bad block');
    position += 3 + (type === 1 ? 1 : size);
    yield { end: position, isCompressed: type === 2, size };
  }
}

function readHeader(view: DataView): FrameHeader {
  if (view.byteLength < 6 || view.getUint32(0, true) !== ZSTD_MAGIC) throw corrupt('not a zstd frame');
  const descriptor = view.getUint8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  if ((descriptor & 0x08) !== 0) throw corrupt('a zstd frame sets a reserved bit');
  if ((descriptor & 0x03) !== 0) throw corrupt('a zstd frame needs a dictionary');
  const flag = descriptor >> 6;
  const sizeBytes = flag === 0 && isSingleSegment ? 1 : (CONTENT_SIZE_BYTES[flag] ?? 0);
  const sizeAt = isSingleSegment ? 5 : 6;
  const length = sizeAt + sizeBytes;
  if (view.byteLength < length) throw corrupt('a zstd frame is truncated');
  const contentSize = sizeBytes === 0 ? undefined : readContentSize(view, sizeAt, sizeBytes);
  const windowSize = isSingleSegment ? (contentSize ?? 0) : windowOf(view.getUint8(5));
  if (windowSize > 2 ** MAX_WINDOW_LOG) throw corrupt(`a zstd frame needs a window of ${windowSize} bytes`);
  return { length, contentSize, hasChecksum: (descriptor & 0x04) !== 0 };
}

function readContentSize(view: DataView, at: number, bytes: number): number {
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  if (bytes === 4) return view.getUint32(at, true);
  return Number(view.getBigUint64(at, true));
}

/** RFC 8878, 3.1.1.1.2: an exponent of 5 bits, a mantissa of 3. */
function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}
