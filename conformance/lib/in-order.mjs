// @ts-check

/**
 * Does something with each item, several at once, and gives the results in the order of the items.
 * @template T, R
 * @param {readonly T[]} items
 * @param {number} atOnce
 * @param {(item: T) => Promise<R>} body
 * @returns {AsyncGenerator<R, void, void>}
 */
export async function* inOrder(items, atOnce, body) {
  /** @type {Promise<R>[]} */
  const running = [];
  for (const item of items) {
    const oldest = running.length >= Math.max(1, atOnce) ? running.shift() : undefined;
    if (oldest !== undefined) yield await oldest;
    running.push(body(item));
  }
  for (const result of running) yield await result;
}
