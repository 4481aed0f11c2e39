// @ts-check
/** @import { Adapter } from '../lib/types.d.ts' */

/** In the order of the table; `reference` is the suite's own and stands in none. */
export const RUNNERS = ['velocity', 'turbo', 'nx', 'lage', 'wireit', 'moon', 'vite-plus'];

/** @param {string} name @returns {Promise<Adapter>} */
export async function loadAdapter(name) {
  if (!RUNNERS.includes(name) && name !== 'reference') {
    throw new Error(`there is no adapter for ${JSON.stringify(name)}: use one of ${RUNNERS.join(', ')}`);
  }
  const module = /** @type {{ adapter: Adapter }} */ (await import(`./${name}.mjs`));
  return module.adapter;
}
