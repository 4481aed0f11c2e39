/** Numbers that look random and come out the same for the same seed. */
export interface Random {
  /** From 0 up to 1. */
  next(): number;
  /** A whole number below `limit`. */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
  bytes(size: number): Buffer;
}

/** Mulberry32: 32 bits of state, which is plenty for choosing moments. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const word = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit: number): number => Math.floor((word() / 2 ** 32) * limit);
  return {
    next: () => word() / 2 ** 32,
    below,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    bytes: (size) => {
      const buffer = Buffer.alloc(Math.ceil(size / 4) * 4);
      for (let at = 0; at < buffer.byteLength; at += 4) buffer.writeUInt32LE(word(), at);
      return buffer.subarray(0, size);
    },
  };
}
