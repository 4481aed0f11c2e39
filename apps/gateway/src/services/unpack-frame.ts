import { finished, pipeline } from 'node:stream';
import { types } from 'node:util';
import zlib from 'node:zlib';
import { unpackPlainFrame } from './unpack-plain-frame.js';

/** Windows above 8 MiB are no artifact's; a decoder allocates one on the frame's word alone. */
const MAX_WINDOW_LOG = 23;
const PIECE_BYTES = 64 * 1024;

/**
 * What a zstd frame holds, as a stream: a window of memory and no more, however much it is. Each piece is gone when the next is asked for. Bytes that are no such frame end it early; what
 * reading them throws passes through.
 *
 * @param onUnreadable called before it ends early because the frame takes a decoder, and this runtime has none: Node does from 22.15 on
 */
export function unpackFrame(
  packed: AsyncIterable<Uint8Array>,
  onUnreadable: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  return typeof zlib.createZstdDecompress === 'function' ? decode(packed) : unpackPlainFrame(packed, onUnreadable);
}

async function* decode(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const { ZSTD_d_windowLogMax } = zlib.constants;
  const decoder = zlib.createZstdDecompress({
    chunkSize: PIECE_BYTES,
    params: { [ZSTD_d_windowLogMax]: MAX_WINDOW_LOG },
  });
  let failure: unknown;
  const source = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* packed;
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  const end = new Promise<void>((resolve) => void finished(decoder, () => resolve()));
  // What goes wrong comes out of the decoder, too.
  pipeline(source, decoder, () => undefined);
  try {
    for await (const piece of decoder as AsyncIterable<Uint8Array>) {
      yield piece;
      giveBack(piece);
    }
  } catch (error) {
    if (failure !== undefined) throw failure;
    if (!isZstdError(error)) throw error;
  } finally {
    decoder.destroy();
    await end;
  }
}

/**
 * At once: the collector counts buffers only now and then. A piece that is not full may share its memory with the next.
 */
function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (byteLength === PIECE_BYTES && buffer.byteLength === PIECE_BYTES && types.isArrayBuffer(buffer))
    buffer.transfer(0);
}

function isZstdError(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && (code.startsWith('ZSTD_') || code === 'Z_BUF_ERROR');
}
