/**
 * Names that land in one slot of the table in which the reader looks names up: what an attacker would make who has read it. When its
 * hash changes, so must this.
 */
export function clashingNames(count: number): string[] {
  // Four words for each name, rounded up to a power of two; two words a slot.
  const slots = 2 ** (1 + Math.ceil(Math.log2(count)));
  const names: string[] = [];
  for (let index = 0; names.length < count; index++) {
    const name = index.toString(36).padStart(6, '0');
    if ((slotWord(`/${name}`) & (slots - 1)) === 0) names.push(name);
  }
  return names;
}

function slotWord(text: string): number {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let index = 0; index < text.length; index++) {
    high = Math.imul(high ^ text.charCodeAt(index), 2_654_435_761);
    low = Math.imul(low ^ text.charCodeAt(index), 1_597_334_677);
    high ^= high >>> 15;
    low ^= low >>> 13;
  }
  let hash = high ^ Math.imul(low, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
