import { ByteReader } from './byte-reader.js';

const MAGIC = 0xfd2fb528;
const WINDOW_BYTES = 1;
const BLOCK_HEADER_BYTES = 3;
const MAX_BLOCK_SIZE = 128 * 1024;
/** By the two highest bits of the descriptor; the first in frames with a window. */
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
const BLOCK_TYPES = ['raw', 'repeated', 'compressed', 'reserved'] as const;

/**
 * What a zstd frame holds whose blocks are not compressed (RFC 8878, 3.1.1): agents on a runtime without zstd write such for what is small,
 * and reading one takes no decoder. Bytes that are no frame end it early.
 *
 * @param onCompressed called before it ends early because of a block that needs a decoder
 */
export async function* unpackPlainFrame(
  packed: AsyncIterable<Uint8Array>,
  onCompressed: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new ByteReader(packed);
  try {
    if (!(await skipHeader(reader))) return;
    for (let isLast = false; !isLast;) {
      const header = (await reader.read(BLOCK_HEADER_BYTES))?.readUIntLE(0, BLOCK_HEADER_BYTES);
      if (header === undefined) return;
      isLast = (header & 1) === 1;
      const type = BLOCK_TYPES[(header >> 1) & 3];
      const size = header >> 3;
      if (type === 'compressed') onCompressed();
      if (size > MAX_BLOCK_SIZE || (type !== 'raw' && type !== 'repeated')) return;
      const bytes = await reader.read(type === 'raw' ? size : 1);
      if (bytes === undefined) return;
      yield type === 'raw' ? bytes : Buffer.alloc(size, bytes);
    }
  } finally {
    await reader.close();
  }
}

async function skipHeader(reader: ByteReader): Promise<boolean> {
  const start = await reader.read(5);
  if (start?.readUInt32LE(0) !== MAGIC) return false;
  const descriptor = start.readUInt8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const hasDictionary = (descriptor & 0x03) !== 0;
  const sizeBytes = CONTENT_SIZE_BYTES[(descriptor >> 6) as 0 | 1 | 2 | 3];
  const rest = isSingleSegment ? Math.max(sizeBytes, 1) : WINDOW_BYTES + sizeBytes;
  return !hasDictionary && (await reader.read(rest)) !== undefined;
}
