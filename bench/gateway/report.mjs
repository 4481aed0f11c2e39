// @ts-check
/** @import { Machine } from '../lib/types.d.ts' */
/** @import { Row } from './types.d.ts' */
import { spreadOf } from '../measure/statistics.mjs';
import { alignTable } from '../report/align-table.mjs';

/** @typedef {{ node: string, date: string, machine: Machine, rows: readonly Row[], notes: readonly string[] }} GatewayResults */

/** A table of medians for each section. @param {GatewayResults} results */
export function reportTables({ node, date, machine, rows, notes }) {
  const wrong = rows.filter((row) => row.wrong !== undefined);
  const right = rows.filter((row) => row.wrong === undefined);
  const { cores, processor, memoryGiB, kernel, fileSystem } = machine;
  const sections = [...new Set(right.map(({ section }) => section))];
  const foreign = Math.round(Math.max(0, ...right.map(({ foreignShare }) => foreignShare)) * 100);
  return [
    `Measured on ${date} with Node ${node} on ${cores} cores (${processor}), ${memoryGiB} GiB, Linux ${kernel}, ${fileSystem}; the client on the same machine.`,
    `Medians [least–most] of the rounds. CPU is the server's own; at the worst, other work took ${foreign} % of the machine meanwhile.`,
    ...sections.map((section) => `## ${section}\n\n${sectionTable(right.filter((row) => row.section === section))}`),
    ...notes.map((note) => `- ${note}`),
    ...wrong.map((row) => `- WRONG: ${row.section} ${row.server} ${row.store} ${row.what}: ${row.wrong}`),
    `${right.length} runs right, ${wrong.length} wrong`,
  ].join('\n\n');
}

/** @param {readonly Row[]} rows of one section */
function sectionTable(rows) {
  const unit = rows[0]?.unit ?? 'artifacts';
  const heading = [
    'server',
    'store',
    'what',
    'conn.',
    `${unit}/s`,
    'p50 ms',
    'p99 ms',
    `CPU ms / 1,000 ${unit}`,
    'peak RSS MiB',
  ];
  const identities = [...new Set(rows.map(identityOf))];
  const cells = identities.map((identity) => rows.filter((row) => identityOf(row) === identity));
  return alignTable([heading, ...cells.map(cellLine)]);
}

/** @param {Row} row */
function identityOf({ server, store, what, connections }) {
  return [server, store, what, connections].join(' ');
}

/** @param {readonly Row[]} rows of the same thing */
function cellLine(rows) {
  const [row] = /** @type {[Row]} */ (rows);
  const spread = (/** @type {(row: Row) => number} */ value) => spreadOf(rows.map(value));
  const rate = spread(({ perSecond }) => perSecond);
  const range = rows.length === 1 ? '' : ` [${count(rate.min)}–${count(rate.max)}]`;
  return [
    row.server,
    row.store,
    row.what,
    String(row.connections),
    `${count(rate.median)}${range}`,
    spread(({ p50Ms }) => p50Ms).median.toFixed(2),
    spread(({ p99Ms }) => p99Ms).median.toFixed(2),
    spread(({ cpuMsPerThousand }) => cpuMsPerThousand).median.toFixed(1),
    String(Math.round(spread(({ peakRssMiB }) => peakRssMiB).max)),
  ];
}

/** @param {number} value */
function count(value) {
  return Math.round(value).toLocaleString('en-US');
}
