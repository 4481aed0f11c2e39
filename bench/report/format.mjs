// @ts-check
/** @import { Machine, Results, Spread } from '../lib/types.d.ts' */

/** @param {number} milliseconds */
export function seconds(milliseconds) {
  const value = milliseconds / 1000;
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 3);
}

/** @param {Spread} spread of milliseconds */
export function secondsSpread({ median, min, max }) {
  return `${seconds(median)} [${seconds(min)}–${seconds(max)}]`;
}

/** @param {Spread} spread */
export function ratioSpread({ median, min, max }) {
  return `${median.toFixed(2)} [${min.toFixed(2)}–${max.toFixed(2)}]`;
}

/** @param {number} kibibytes */
export function megabytes(kibibytes) {
  return String(Math.round(kibibytes / 1024));
}

/** @param {number} share */
export function percent(share) {
  return `${Math.round(share * 100)} %`;
}

/** @param {number} count */
export function grouped(count) {
  return count.toLocaleString('en-US');
}

/** Where and with what it was measured, in one sentence. @param {Results} results */
export function circumstances({ date, machine, rows }) {
  const nodes = [...new Set(rows.map(({ node }) => node))].join(' and ');
  return `Measured from ${date} on with Node ${nodes} on ${describe(machine)}.`;
}

/** @param {Machine} machine */
function describe({ processor, cores, memoryGiB, kernel, fileSystem }) {
  return `${cores} cores (${processor}), ${memoryGiB} GiB, Linux ${kernel}, ${fileSystem}`;
}
