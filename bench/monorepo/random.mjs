// @ts-check

/**
 * Numbers from 0 to 2^32 - 1 that follow from the seeds alone, on every platform (the generator sfc32).
 * @param {readonly number[]} seeds
 * @returns {() => number}
 */
export function randomNumbers(...seeds) {
  let [first, second, third, counter] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1];
  for (const seed of seeds) {
    first ^= Math.imul(seed, 0x85ebca6b);
    second = (second + seed) | 0;
    third ^= Math.imul(seed + 1, 0xc2b2ae35);
  }
  const next = () => {
    const result = (((first + second) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    first = second ^ (second >>> 9);
    second = (third + (third << 3)) | 0;
    third = (((third << 21) | (third >>> 11)) + result) | 0;
    return result >>> 0;
  };
  for (let round = 0; round < 12; round += 1) next();
  return next;
}
