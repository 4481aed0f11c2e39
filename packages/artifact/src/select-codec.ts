import type { Codec } from './codec.js';
import { createNativeCodec } from './native-codec.js';
import { createWasmCodec } from './wasm-codec.js';

/** The best codec that this runtime has. Make one per process: the WebAssembly one holds a heap of 16 MiB once used. */
export function selectCodec(): Codec {
  return createNativeCodec() ?? createWasmCodec();
}
