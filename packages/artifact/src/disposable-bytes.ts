import { types } from 'node:util';

/** Below this, memory is left to the collector: giving pages back one by one costs more than it saves. */
const DISPOSABLE_BYTES = 8 * 1024;
/** What a decoder allocates beyond what it gives. */
const SLACK_BYTES = 64;

/**
 * Memory of its own that {@link freeBytes} gives back at once. Left to the collector, which counts buffers only now and then, the
 * segments of a 200 MB artifact piled up to 115 MiB (Node 20) and 150 MiB (Node 24). Views of it are not for use by the thousand: V8
 * leaves them to the next full collection.
 */
export function allocateBytes(size: number): Buffer {
  if (size < DISPOSABLE_BYTES) return Buffer.allocUnsafeSlow(size);
  return Buffer.from(new ArrayBuffer(size, { maxByteLength: size }), 0, size);
}

/** What is read through `bytes`, or any other view of the same memory, is gone. Nobody else may hold one. */
export function freeBytes(bytes: Uint8Array | Uint32Array): void {
  const { buffer } = bytes;
  if (!types.isArrayBuffer(buffer) || bytes.byteLength < DISPOSABLE_BYTES) return;
  // It shares its memory: Node keeps a pool for small ones.
  if (buffer.byteLength > bytes.byteLength + SLACK_BYTES) return;
  if (buffer.resizable) buffer.resize(0);
  // Not before Node 22, which is also the first with a codec whose output comes from elsewhere.
  else if (typeof buffer.transfer === 'function') buffer.transfer(0);
}

/** As {@link freeBytes}, for bytes that need not fill the memory that they are alone in. */
export function releaseBytes({ buffer, byteOffset, byteLength }: Uint8Array): void {
  if (!types.isArrayBuffer(buffer) || byteOffset !== 0 || byteLength < DISPOSABLE_BYTES) return;
  if (buffer.resizable) buffer.resize(0);
  else if (byteLength + SLACK_BYTES >= buffer.byteLength && typeof buffer.transfer === 'function') buffer.transfer(0);
}
