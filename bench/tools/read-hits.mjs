// @ts-check
/** @import { Hits } from '../lib/types.d.ts' */

/**
 * Reads a tool's closing line. The pattern has two of the groups `hits`, `misses` and `total`.
 * @param {string} output
 * @param {RegExp} pattern
 * @returns {Hits | undefined}
 */
export function readHits(output, pattern) {
  const groups = pattern.exec(output)?.groups;
  if (groups === undefined) return undefined;
  const { hits, misses, total } = groups;
  if (total === undefined) return { hits: Number(hits), total: Number(hits) + Number(misses) };
  return { hits: Number(hits ?? 0), total: Number(total) };
}

/**
 * Reads the JSON that a dry run prints with turbo's field names.
 * @param {string} output
 * @returns {Hits | undefined}
 */
export function readDryJson(output) {
  const start = output.indexOf('{\n');
  const end = output.lastIndexOf('\n}');
  if (start < 0 || end < 0) return undefined;
  /** @type {{ tasks: { cache: { status: string } }[] }} */
  const { tasks } = JSON.parse(output.slice(start, end + 2));
  return { hits: tasks.filter(({ cache }) => cache.status === 'HIT').length, total: tasks.length };
}
