/** 64 KiB took up to twice the CPU for 100 MB, 1 MiB no less than this. */
const SLAB_BYTES = 256 * 1024;
/** 32 MiB: what all transfers together may have beyond one slab each. */
const MAX_SLABS = 128;
const MAX_KEPT = 32;

/** Buffers that pass from one transfer to the next: fresh ones for every piece take a third more CPU. */
export class SlabPool {
  readonly #free: Buffer[] = [];
  #inUse = 0;

  /** Always one for a transfer that has none; undefined where it would be one more and there are enough in use. */
  take({ isFirst }: { readonly isFirst: boolean }): Buffer | undefined {
    if (!isFirst && this.#inUse >= MAX_SLABS) return undefined;
    this.#inUse += 1;
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
  }

  give(slab: Buffer): void {
    this.#inUse -= 1;
    if (this.#free.length < MAX_KEPT) this.#free.push(slab);
  }

  /** One that was taken and that somebody may still be reading from. */
  lose(): void {
    this.#inUse -= 1;
  }
}
