// @ts-check
/** @import { Cell, Comparison, Results } from '../lib/types.d.ts' */
import { SCENARIOS } from '../lib/scenarios.mjs';
import { spreadOf } from '../measure/statistics.mjs';
import { alignTable } from './align-table.mjs';
import { circumstances, grouped, megabytes, percent, ratioSpread, seconds, secondsSpread } from './format.mjs';
import { cellsOf, comparisonsOf, floorMs, growthOf, isMet, memoryOf, wallOf } from './summarize.mjs';

const HEADING = [
  'scenario',
  'tool',
  'runs',
  'wall s',
  'CPU s',
  'max RSS MB',
  'hits',
  'others',
  's above the floor',
  'VelocityCache / it',
  'goal',
  'met',
];

/** Everything that the results say. @param {Results} results */
export function markdownReport(results) {
  const cells = cellsOf(results);
  const comparisons = comparisonsOf(cells);
  const versions = Object.entries(results.versions).map(([name, version]) => `${name} ${version}`);
  return [
    '# Benchmark',
    circumstances(results),
    `Versions: ${versions.join(', ')}.`,
    'Medians [least–most]. Ratios are taken pair by pair within a round; below 1 VelocityCache is faster.',
    ...scenarioNotes(cells),
    ...tableHeadings(cells).flatMap((heading) => {
      const group = cells.filter((cell) => headingOf(cell) === heading);
      return [heading, cellTable(group, { cells, comparisons })];
    }),
    ...goalLines(comparisons),
    ...memoryLines(cells),
    ...growthLines(cells),
    ...doubtLines(results),
  ].join('\n\n');
}

/** @param {readonly Cell[]} cells */
function scenarioNotes(cells) {
  const notes = SCENARIOS.filter(({ id }) => cells.some(({ scenario }) => scenario === id));
  return notes.length === 0 ? [] : [notes.map(({ id, title }) => `- ${id}: ${title}`).join('\n')];
}

/** One for each table. @param {readonly Cell[]} cells */
function tableHeadings(cells) {
  return [...new Set(cells.map(headingOf))];
}

/** @param {Cell} cell */
function headingOf({ node, packages, scenario }) {
  const kind = scenario.startsWith('large') ? ' with large outputs' : '';
  return `## ${grouped(packages)} packages${kind}, Node ${node}`;
}

/** @param {readonly Cell[]} group @param {{ cells: readonly Cell[], comparisons: readonly Comparison[] }} all */
function cellTable(group, { cells, comparisons }) {
  const rows = group.map((cell) => {
    const comparison = comparisons.find(({ theirs }) => theirs === cell);
    return [...measured(cell, floorMs(cells, cell)), ...compared(comparison)];
  });
  return alignTable([HEADING, ...rows]);
}

/** @param {Cell} cell @param {number | undefined} floor */
function measured(cell, floor) {
  const { scenario, tool, rows } = cell;
  const last = rows.at(-1);
  return [
    scenario,
    tool,
    String(rows.length),
    secondsSpread(wallOf(cell)),
    over(
      rows.flatMap(({ cpuMs }) => cpuMs ?? []),
      (values) => seconds(spreadOf(values).median),
    ),
    over(
      rows.flatMap(({ maxRssKiB }) => maxRssKiB ?? []),
      (values) => megabytes(Math.max(...values)),
    ),
    last?.hits === undefined ? '' : `${last.hits}/${last.total}`,
    over(
      rows.flatMap(({ foreignShare }) => foreignShare ?? []),
      (values) => percent(spreadOf(values).median),
    ),
    floor === undefined || tool === 'floor' ? '' : seconds(wallOf(cell).median - floor),
  ];
}

/** @param {Comparison | undefined} comparison */
function compared(comparison) {
  if (comparison === undefined) return ['', '', ''];
  const met = isMet(comparison);
  return [
    ratioSpread(comparison.ratio),
    comparison.goal === undefined ? '' : String(comparison.goal),
    met === undefined ? '' : met ? 'yes' : '**no**',
  ];
}

/** @param {readonly number[]} values @param {(values: readonly number[]) => string} format */
function over(values, format) {
  return values.length === 0 ? '' : format(values);
}

/** @param {readonly Comparison[]} comparisons */
function goalLines(comparisons) {
  const judged = comparisons.filter(({ goal }) => goal !== undefined);
  const missed = judged.filter((comparison) => isMet(comparison) === false);
  const lines = missed.map(
    ({ theirs, ratio, goal }) =>
      `- ${theirs.scenario}, ${grouped(theirs.packages)} packages, Node ${theirs.node}: ${ratio.median.toFixed(2)} of ${theirs.tool} instead of ${goal}`,
  );
  const head = `## Goals\n\n${judged.length - missed.length} of ${judged.length} met${lines.length > 0 ? '; not:' : '.'}`;
  return lines.length > 0 ? [head, lines.join('\n')] : [head];
}

/** @param {readonly Cell[]} cells */
function memoryLines(cells) {
  const lines = memoryOf(cells).map(
    ({ cell, peakKiB, goalKiB }) =>
      `- ${cell.scenario}, ${grouped(cell.packages)} packages, Node ${cell.node}: ${megabytes(peakKiB)} MiB, goal ${megabytes(goalKiB)}: ${peakKiB <= goalKiB ? 'met' : '**not met**'}`,
  );
  return lines.length === 0 ? [] : ['## Peak memory of the agent', lines.join('\n')];
}

/** @param {readonly Cell[]} cells */
function growthLines(cells) {
  const lines = growthOf(cells).map(
    ({ small, large, perPackage }) =>
      `- ${small.scenario}, ${grouped(small.packages)} to ${grouped(large.packages)} packages, Node ${small.node}: ${perPackage.toFixed(2)} of linear`,
  );
  return lines.length === 0 ? [] : ['## Growth', lines.join('\n')];
}

/** What a reader has to know before believing the rest. @param {Results} results */
function doubtLines({ rows }) {
  const wrong = rows.filter((row) => row.wrong !== undefined);
  const repeated = rows.filter(({ attempts }) => attempts > 1).length;
  const disturbed = rows.filter(({ foreignShare }) => (foreignShare ?? 0) > 0.1).length;
  const lines = [
    `- ${repeated} of ${rows.length} runs were repeated because other work took more than a tenth of the machine`,
    `- ${disturbed} still had that much other work beside them`,
    ...wrong.map(
      ({ scenario, packages, tool, wrong: reason }) =>
        `- WRONG: ${scenario} ${packages} ${tool}: ${reason?.split('\n')[0] ?? ''}`,
    ),
  ];
  return ['## Doubts', lines.join('\n')];
}
