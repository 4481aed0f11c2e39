/** The Emscripten module inside `zstd-codec`: its public `Streaming` gathers output without a bound, so we drive the bindings. */
declare module 'zstd-codec/lib/zstd-codec-binding-wasm.js' {
  export interface ZstdStreamBinding {
    /** The level is for compression only. False on failure, as for the others. */
    begin(level?: number): boolean;
    /** Copies `chunk` into the heap. What `onOutput` gets is a view that lives as long as the call. */
    transform(chunk: Uint8Array, onOutput: (piece: Uint8Array) => void): boolean;
    end(onOutput: (piece: Uint8Array) => void): boolean;
    /** Frees the context: nothing else does. */
    delete(): void;
  }

  export interface ZstdModule {
    readonly ZstdCompressStreamBinding: new () => ZstdStreamBinding;
    readonly ZstdDecompressStreamBinding: new () => ZstdStreamBinding;
  }

  export interface ZstdModuleSettings {
    print(text: string): void;
    printErr(text: string): void;
    onRuntimeInitialized(): void;
    onAbort(reason: unknown): void;
  }

  /** Makes a new instance, with a heap of 16 MiB, out of `settings` itself. */
  const load: (settings: ZstdModuleSettings) => void;
  export default load;
}
