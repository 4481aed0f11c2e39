// @ts-check
/** @import { Row } from './types.d.ts' */

/** One row for people who watch. @param {Row} row */
export function rowLine({ packages, scenario, tool, run, ...row }) {
  const hits = row.hits === undefined ? '' : `${row.hits}/${row.total}`;
  const memory = row.maxRssKiB === undefined ? '' : `${Math.round(row.maxRssKiB / 1024)} MB`;
  const repeated = row.attempts > 1 ? ` after ${row.attempts} attempts` : '';
  const foreign = row.foreignShare === undefined ? '' : `others ${Math.round(row.foreignShare * 100)} %${repeated}`;
  const cells = [
    String(packages).padStart(5),
    scenario.padEnd(13),
    tool.padEnd(11),
    `#${run + 1}`,
    `${(row.wallMs / 1000).toFixed(3)} s`.padStart(10),
    memory.padStart(7),
    hits.padStart(9),
    foreign,
  ];
  return `${cells.join('  ').trimEnd()}${row.wrong === undefined ? '' : `  WRONG: ${row.wrong}`}`;
}
