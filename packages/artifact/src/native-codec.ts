import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { corrupt } from './artifact-error.js';
import type { Codec } from './codec.js';
import { freeBytes } from './disposable-bytes.js';
import { checkFrame, MAX_WINDOW_LOG } from './zstd-frame.js';

/** Below this the thread pool costs more than it saves: 100 KB take 0.3 ms to compress. */
const SYNC_BYTES = 128 * 1024;
const MAX_LEVEL = 19;
const PIECE_BYTES = 128 * 1024;

/** Node's own zstd, from 22.15 on; `undefined` where the runtime has none. */
export function createNativeCodec(): Codec | undefined {
  if (typeof zlib.zstdCompress !== 'function') return undefined;
  const compressAsync = promisify<Uint8Array, zlib.ZstdOptions, Buffer>(zlib.zstdCompress);
  const decompressAsync = promisify<Uint8Array, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress);
  return {
    name: 'native',
    async compress(data, level) {
      const options = compressOptions(data.byteLength, level);
      return data.byteLength <= SYNC_BYTES ? zlib.zstdCompressSync(data, options) : await compressAsync(data, options);
    },
    async decompress(frame, unpackedSize) {
      checkFrame(frame, unpackedSize);
      const options = decompressOptions(unpackedSize);
      let data: Uint8Array;
      try {
        data =
          unpackedSize <= SYNC_BYTES ? zlib.zstdDecompressSync(frame, options) : await decompressAsync(frame, options);
      } catch (error) {
        throw corrupt('a zstd frame cannot be decoded', error);
      }
      if (data.byteLength !== unpackedSize) {
        throw corrupt(`a zstd frame holds ${data.byteLength} bytes instead of ${unpackedSize}`);
      }
      return data;
    },
    async decompressTo(frame, unpackedSize, sink) {
      if (unpackedSize <= PIECE_BYTES) {
        sink(await this.decompress(frame, unpackedSize));
        return;
      }
      checkFrame(frame, unpackedSize);
      let used = 0;
      for await (const piece of piecesOf(frame)) {
        used += piece.byteLength;
        if (used > unpackedSize) break;
        sink(piece);
        // One that is not full may share its memory with the next.
        if (piece.byteLength === PIECE_BYTES) freeBytes(piece);
      }
      if (used !== unpackedSize) throw corrupt(`a zstd frame does not hold ${unpackedSize} bytes`);
    },
  };
}

async function* piecesOf(frame: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  const { ZSTD_d_windowLogMax } = zlib.constants;
  const stream = zlib.createZstdDecompress({
    chunkSize: PIECE_BYTES,
    params: { [ZSTD_d_windowLogMax]: MAX_WINDOW_LOG },
  });
  const pieces = stream.end(frame)[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const next = await pieces.next().catch((error: unknown) => {
        throw corrupt('a zstd frame cannot be decoded', error);
      });
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    stream.destroy();
  }
}

function compressOptions(size: number, level: number): zlib.ZstdOptions {
  const { constants } = zlib;
  return {
    pledgedSrcSize: size,
    params: {
      // Node takes a negative level for 3.
      [constants.ZSTD_c_compressionLevel]: Math.min(Math.max(Math.trunc(level), 1), MAX_LEVEL),
      [constants.ZSTD_c_checksumFlag]: 1,
      [constants.ZSTD_c_contentSizeFlag]: 1,
    },
  };
}

function decompressOptions(unpackedSize: number): zlib.ZstdOptions {
  return {
    // With the whole output as one chunk it decodes at 850 MB/s instead of 420 (40 MB of JavaScript, Node 24); a chunk that is filled
    // to its last byte makes Node allocate another.
    chunkSize: unpackedSize + 64,
    maxOutputLength: unpackedSize,
    params: { [zlib.constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG },
  };
}
