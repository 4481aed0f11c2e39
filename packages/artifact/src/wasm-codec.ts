// Whoever compiles this file from its source, through the workspace, must find the declarations too.
// eslint-disable-next-line typescript/triple-slash-reference
/// <reference path="./zstd-codec.d.ts" />
import { setImmediate } from 'node:timers/promises';
import type { ZstdModule, ZstdStreamBinding } from 'zstd-codec/lib/zstd-codec-binding-wasm.js';
import { Semaphore } from '@velocity/core';
import { corrupt } from './artifact-error.js';
import type { Codec } from './codec.js';
import { allocateBytes, freeBytes } from './disposable-bytes.js';
import { looksIncompressible } from './looks-incompressible.js';
import { encodePlainFrame, readPlainFrame } from './plain-frame.js';
import { FrameBuffer } from './frame-buffer.js';
import { checkFrame, splitFrame } from './zstd-frame.js';

/** The heap is 16 MiB for everything: larger chunks abort the instance. */
const CHUNK_BYTES = 64 * 1024;
/** Others get a turn after this much work (about 10 ms). */
const TURN_BYTES = 1024 * 1024;
/** Levels from 10 on do not fit the heap; from 4 on they are slower than they are worth here. */
const MAX_LEVEL = 3;
/**
 * Loading the codec takes 45 ms, as long as sending half a megabyte at 100 Mbit/s: what stores no more than this does without, in frames
 * that hold their bytes as they are.
 */
const PLAIN_BUDGET_BYTES = 512 * 1024;
const MAX_SMALL_BYTES = 128 * 1024;

/**
 * zstd compiled to WebAssembly (the package `zstd-codec`), loaded at first use; for runtimes without their own. Its frames have no
 * checksum. One operation at a time, on the calling thread, with pauses.
 */
export function createWasmCodec(): Codec {
  const turn = new Semaphore(1);
  let instance: Promise<ZstdModule> | undefined;
  let plainLeft = PLAIN_BUDGET_BYTES;

  /** An instance that threw is in an unknown state: the operation gets a second chance on a new one. */
  async function withModule<T>(body: (module: ZstdModule) => Promise<T>): Promise<T> {
    instance ??= loadModule();
    const first = instance;
    try {
      return await body(await first);
    } catch (error) {
      if (!(error instanceof InstanceFailure)) throw error;
      instance = loadModule();
      return await body(await instance);
    }
  }

  return {
    name: 'wasm',
    compress: (data, level) => {
      if (looksIncompressible(data)) return Promise.resolve(encodePlainFrame(data));
      const isSmall = instance === undefined && data.byteLength <= Math.min(plainLeft, MAX_SMALL_BYTES);
      if (!isSmall) return turn.run(() => withModule((module) => compress(module, data, level)));
      plainLeft -= data.byteLength;
      return Promise.resolve(encodePlainFrame(data));
    },
    async decompress(frame, unpackedSize) {
      const output = allocateBytes(unpackedSize);
      let used = 0;
      try {
        await this.decompressTo(frame, unpackedSize, (piece) => {
          output.set(piece, used);
          used += piece.byteLength;
        });
        return output;
      } catch (error) {
        freeBytes(output);
        throw error;
      }
    },
    async decompressTo(frame, unpackedSize, sink) {
      checkFrame(frame, unpackedSize);
      const plain = readPlainFrame(frame, unpackedSize);
      if (plain !== undefined) {
        for (const piece of plain) sink(piece);
        return;
      }
      let delivered = 0;
      // A second instance starts over: what the first has given is not given again.
      const sinkOnce = (piece: Uint8Array, start: number): void => {
        if (start + piece.byteLength <= delivered) return;
        sink(piece.subarray(delivered - start));
        delivered = start + piece.byteLength;
      };
      try {
        await turn.run(() => withModule((module) => decompress(module, { frame, unpackedSize, sink: sinkOnce })));
      } catch (error) {
        if (!(error instanceof InstanceFailure)) throw error;
        throw corrupt('a zstd frame cannot be decoded', error);
      }
    },
  };
}

/** Something was thrown from within WebAssembly: an abort, or a trap. */
class InstanceFailure extends Error {}

async function compress(module: ZstdModule, data: Uint8Array, level: number): Promise<Uint8Array> {
  const frame = new FrameBuffer(data.byteLength);
  const onOutput = (piece: Uint8Array): void => frame.append(piece);
  const stream = new module.ZstdCompressStreamBinding();
  try {
    let isFine = guarded(() => stream.begin(Math.min(Math.max(Math.trunc(level), 1), MAX_LEVEL)));
    for (let start = 0; start < data.byteLength && isFine; start += CHUNK_BYTES) {
      if (start > 0 && start % TURN_BYTES === 0) await setImmediate();
      isFine = guarded(() => stream.transform(data.subarray(start, start + CHUNK_BYTES), onOutput));
    }
    if (!isFine || !guarded(() => stream.end(onOutput))) throw new InstanceFailure('zstd-codec could not compress');
  } finally {
    release(stream);
  }
  return frame.withContentSize();
}

async function decompress(
  module: ZstdModule,
  {
    frame,
    unpackedSize,
    sink,
  }: {
    readonly frame: Uint8Array;
    readonly unpackedSize: number;
    readonly sink: (piece: Uint8Array, start: number) => void;
  },
): Promise<void> {
  let used = 0;
  let failure: { readonly error: unknown } | undefined;
  const onOutput = (piece: Uint8Array): void => {
    // Throwing here would unwind through WebAssembly: count on, and look after the call.
    try {
      if (failure === undefined && used + piece.byteLength <= unpackedSize) sink(piece, used);
    } catch (error) {
      failure = { error };
    }
    used += piece.byteLength;
  };
  const stream = new module.ZstdDecompressStreamBinding();
  try {
    let isFine = guarded(() => stream.begin());
    let pausedAt = 0;
    for (const piece of splitFrame(frame, CHUNK_BYTES, TURN_BYTES)) {
      if (!isFine || used > unpackedSize || failure !== undefined) break;
      isFine = guarded(() => stream.transform(piece, onOutput));
      if (used - pausedAt < TURN_BYTES) continue;
      pausedAt = used;
      await setImmediate();
    }
    if (isFine && failure === undefined) isFine = guarded(() => stream.end(onOutput));
    if (failure !== undefined) throw failure.error;
    if (!isFine) throw corrupt('a zstd frame cannot be decoded');
  } finally {
    release(stream);
  }
  if (used !== unpackedSize) throw corrupt(`a zstd frame does not hold ${unpackedSize} bytes`);
}

function guarded(body: () => boolean): boolean {
  try {
    return body();
  } catch (error) {
    throw new InstanceFailure('zstd-codec aborted', { cause: error });
  }
}

function release(stream: ZstdStreamBinding): void {
  try {
    stream.delete();
  } catch {
    // The instance has aborted and is thrown away with all that it holds.
  }
}

async function loadModule(): Promise<ZstdModule> {
  const { default: load } = await import('zstd-codec/lib/zstd-codec-binding-wasm.js');
  return new Promise((resolve, reject) => {
    const settings = {
      print: () => {},
      printErr: () => {},
      onAbort: (reason: unknown) => reject(new InstanceFailure('zstd-codec could not be loaded', { cause: reason })),
      // Not the settings themselves: once loaded, they have a `then` that would be called for ever.
      onRuntimeInitialized: () => {
        const { ZstdCompressStreamBinding, ZstdDecompressStreamBinding } = settings as unknown as ZstdModule;
        resolve({ ZstdCompressStreamBinding, ZstdDecompressStreamBinding });
      },
    };
    load(settings);
  });
}
