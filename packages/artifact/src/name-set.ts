import { tooLarge } from './artifact-error.js';
import { allocateBytes, freeBytes } from './disposable-bytes.js';

/** State of the hash of a name so far: two words that are mixed apart from each other. */
export interface NameHash {
  readonly high: number;
  readonly low: number;
}

/** At most half of the slots are taken: a million honest names stay far below this. */
const MAX_PROBES = 256;

export const EMPTY_NAME: NameHash = { high: 0xdeadbeef, low: 0x41c6ce57 };

/** The hash of a name that goes on with `text`. Equal names have equal hashes, however they were put together. */
export function extendHash(hash: NameHash, text: string): NameHash {
  let { high, low } = hash;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 2_654_435_761);
    low = Math.imul(low ^ unit, 1_597_334_677);
    high ^= high >>> 15;
    low ^= low >>> 13;
  }
  return { high, low };
}

/**
 * Names by their 64-bit hashes, at 8 bytes a slot where a `Map` of strings takes 100 and more. Two different names are taken for one once in
 * a hundred million manifests of 400,000 names; one name is never taken for two.
 */
export class NameSet {
  /** Two words a slot; both 0 where it is free. */
  #slots: Uint32Array;
  #size = 0;

  /** @param expected about how many names there will be; more are fine */
  constructor(expected: number) {
    this.#slots = wordsOf(2 ** (2 + Math.ceil(Math.log2(Math.max(expected, 64)))));
  }

  /**
   * False when it is in the set already.
   * @throws VelocityError `ARTIFACT_TOO_LARGE` for names that were chosen to share one slot, and would take quadratic time
   */
  add(hash: NameHash): boolean {
    const high = mix(hash.high, hash.low) >>> 0;
    const low = (mix(hash.low, high) | 1) >>> 0;
    if (!this.#put(high, low)) return false;
    this.#size += 1;
    if (this.#size * 4 > this.#slots.length) this.#grow();
    return true;
  }

  /** Gives its memory back; it is of no use afterwards. */
  close(): void {
    freeBytes(this.#slots);
  }

  #put(high: number, low: number): boolean {
    const last = this.#slots.length - 2;
    let slot = (high * 2) & last;
    for (let probes = 0; probes < MAX_PROBES; probes++, slot = (slot + 2) & last) {
      if (this.#slots[slot + 1] === 0) {
        this.#slots[slot] = high;
        this.#slots[slot + 1] = low;
        return true;
      }
      if (this.#slots[slot] === high && this.#slots[slot + 1] === low) return false;
    }
    throw tooLarge('its names were chosen to be slow to tell apart');
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = wordsOf(old.length * 2);
    for (let slot = 0; slot < old.length; slot += 2) {
      const low = old[slot + 1] as number;
      if (low !== 0) this.#put(old[slot] as number, low);
    }
    freeBytes(old);
  }
}

function wordsOf(count: number): Uint32Array {
  const bytes = allocateBytes(4 * count).fill(0);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, count);
}

/** The finalizer of MurmurHash3, with the other word in it. */
function mix(word: number, other: number): number {
  let hash = word ^ Math.imul(other, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
