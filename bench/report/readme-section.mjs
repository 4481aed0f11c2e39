// @ts-check
/** @import { Cell, Comparison, Results, ToolName } from '../lib/types.d.ts' */
import { SCENARIOS } from '../lib/scenarios.mjs';
import { alignTable } from './align-table.mjs';
import { circumstances, grouped, megabytes, ratioSpread, seconds } from './format.mjs';
import { cellsOf, comparisonsOf, floorMs, growthOf, isMet, memoryOf, wallOf } from './summarize.mjs';

const TURBO = 'turbo';

/**
 * The README's section about performance: against turbo row by row, against the others in short, and where we lose.
 * @param {Results} results
 * @param {{ plot: string, data: string }} links
 */
export function readmeSection(results, { plot, data }) {
  const cells = cellsOf(results);
  const comparisons = comparisonsOf(cells);
  const version = results.versions[TURBO] ?? '';
  return [
    `${circumstances(results)} N packages of 20 files of 4 KB; "large outputs" are ten packages with 900 MB. Both sides are started by the command that npm installs; each time is the median of paired, alternating runs, each hit and each restored tree was verified, and a ratio below 1 means that VelocityCache is faster.`,
    `![VelocityCache's time as a share of turbo's](${plot})`,
    ...turboTables(cells, comparisons, version),
    ...otherTools(comparisons, results),
    ...promises(cells),
    ...losses(comparisons),
    `Reproduce it with \`pnpm bench --quick\` (5 minutes) or \`pnpm bench --full\` (hours, a quiet machine); this section is written by \`pnpm bench --readme ${data}\`. What is measured and how: [bench](bench/README.md).`,
  ].join('\n\n');
}

/** Comparisons with turbo as npm installs it. @param {readonly Comparison[]} comparisons */
export function againstTurbo(comparisons) {
  return comparisons.filter(({ theirs }) => theirs.tool === TURBO);
}

/** A table for each Node, scenario by scenario. @param {readonly Cell[]} cells @param {readonly Comparison[]} comparisons @param {string} version */
function turboTables(cells, comparisons, version) {
  const all = againstTurbo(comparisons);
  const nodes = [...new Set(all.map(({ theirs }) => theirs.node))];
  const tables = nodes.map((node) => {
    const rows = SCENARIOS.flatMap(({ id }) =>
      all
        .filter(({ theirs }) => theirs.node === node && theirs.scenario === id)
        .map((comparison) => turboRow(cells, comparison)),
    );
    return alignTable([[`Node ${node}`, 'N', 'VelocityCache', `turbo ${version}`, ...TURBO_COLUMNS], ...rows]);
  });
  return [...tables, FLOOR_NOTE];
}

const TURBO_COLUMNS = ['ratio', 'goal', 'above the floor'];
const FLOOR_NOTE =
  'The floor is what Node itself needs to start with a cached bundle, look at every file once and read every manifest.';

/** @param {readonly Cell[]} cells @param {Comparison} comparison */
function turboRow(cells, comparison) {
  const { ours, theirs, ratio, goal } = comparison;
  const floor = floorMs(cells, ours);
  return [
    titleOf(theirs),
    grouped(theirs.packages),
    `${seconds(wallOf(ours).median)} s`,
    `${seconds(wallOf(theirs).median)} s`,
    ratioSpread(ratio),
    goal === undefined ? '' : `${goal}${isMet(comparison) === true ? '' : ', missed'}`,
    floor === undefined ? '' : `${seconds(wallOf(ours).median - floor)} s`,
  ];
}

/** The range of the other tools' ratios. @param {readonly Comparison[]} comparisons @param {Results} results */
function otherTools(comparisons, { versions }) {
  const others = [...new Set(comparisons.map(({ theirs }) => theirs.tool))].filter((tool) => tool !== TURBO);
  if (others.length === 0) return [];
  const rows = others.map((tool) => {
    const all = comparisons.filter(({ theirs }) => theirs.tool === tool);
    const judged = all.filter(({ goal }) => goal !== undefined);
    const met = judged.filter((comparison) => isMet(comparison) === true);
    const medians = all.map(({ ratio }) => ratio.median);
    return [
      `${tool} ${versionOf(tool, versions)}`,
      String(all.length),
      `${Math.min(...medians).toFixed(2)}–${Math.max(...medians).toFixed(2)}`,
      `${met.length} of ${judged.length}`,
    ];
  });
  return [alignTable([['against', 'rows', 'ratios', 'goals met'], ...rows])];
}

/** @param {ToolName} tool @param {Results['versions']} versions */
function versionOf(tool, versions) {
  return versions[tool] ?? versions[tool.split('-')[0] ?? ''] ?? '';
}

/** @param {readonly Cell[]} cells */
function promises(cells) {
  const memory = memoryOf(cells).map(
    ({ cell, peakKiB, goalKiB }) =>
      `${titleOf(cell)} (N = ${grouped(cell.packages)}): ${megabytes(peakKiB)} MiB of ${megabytes(goalKiB)}`,
  );
  const growth = growthOf(cells).map(
    ({ small, large, perPackage }) =>
      `${titleOf(small)} (${grouped(small.packages)} to ${grouped(large.packages)}): ${perPackage.toFixed(2)}`,
  );
  return [
    ...(memory.length === 0 ? [] : [`Peak memory of the agent: ${memory.join('; ')}.`]),
    ...(growth.length === 0 ? [] : [`Growth with the number of packages, where 1 is linear: ${growth.join('; ')}.`]),
  ];
}

/** @param {readonly Comparison[]} comparisons */
function losses(comparisons) {
  const lost = comparisons.filter((comparison) => comparison.ratio.median > 1 || isMet(comparison) === false);
  if (lost.length === 0) return ['We lose nowhere in these rows, and every goal is met.'];
  const lines = lost.map(({ theirs, ratio, goal }) => {
    const verdict = ratio.median > 1 ? 'slower' : 'faster';
    const promised = goal === undefined ? '' : `, goal ${goal}`;
    return `- ${titleOf(theirs)}, N = ${grouped(theirs.packages)}, Node ${theirs.node}: ${verdict} than ${theirs.tool}, ratio ${ratio.median.toFixed(2)}${promised}`;
  });
  return ['Where we lose, or miss our own goal:', lines.join('\n')];
}

/** @param {Cell} cell */
function titleOf({ scenario }) {
  return SCENARIOS.find(({ id }) => id === scenario)?.title ?? scenario;
}
