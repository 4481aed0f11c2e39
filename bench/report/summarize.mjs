// @ts-check
/** @import { Cell, Comparison, Results, Row } from '../lib/types.d.ts' */
import { memoryGoal, speedGoal } from '../lib/goals.mjs';
import { SCENARIOS } from '../lib/scenarios.mjs';
import { pairedRatios, spreadOf } from '../measure/statistics.mjs';
import { TOOL_NAMES } from '../tools/index.mjs';

/** Right rows by Node, size, scenario and tool, in the order of the tables. @param {Results} results @returns {Cell[]} */
export function cellsOf({ rows }) {
  const scenarios = SCENARIOS.map(({ id }) => id);
  /** @type {Map<string, [Row, ...Row[]]>} */
  const groups = new Map();
  for (const row of rows.filter(({ wrong }) => wrong === undefined)) {
    const key = [row.node, row.packages, row.scenario, row.tool].join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()]
    .map((group) => ({ ...positionOf(group[0]), rows: group }))
    .sort(
      (left, right) =>
        left.node.localeCompare(right.node, 'en', { numeric: true }) ||
        left.packages - right.packages ||
        scenarios.indexOf(left.scenario) - scenarios.indexOf(right.scenario) ||
        TOOL_NAMES.indexOf(left.tool) - TOOL_NAMES.indexOf(right.tool),
    );
}

/** VelocityCache against each other tool, wherever both ran in the same rounds. @param {readonly Cell[]} cells @returns {Comparison[]} */
export function comparisonsOf(cells) {
  return cells.flatMap((theirs) => {
    if (theirs.tool === 'velocity' || theirs.tool === 'floor') return [];
    const ours = cells.find((cell) => cell.tool === 'velocity' && isSamePlace(cell, theirs));
    const ratios = ours === undefined ? [] : pairedRatios(ours.rows, theirs.rows);
    if (ours === undefined || ratios.length === 0) return [];
    return [{ ours, theirs, ratio: spreadOf(ratios), goal: speedGoal(theirs) }];
  });
}

/** @param {Comparison} comparison */
export function isMet({ ratio, goal }) {
  return goal === undefined ? undefined : ratio.median <= goal;
}

/** The peak of VelocityCache's memory, where something was promised about it. @param {readonly Cell[]} cells */
export function memoryOf(cells) {
  return cells.flatMap((cell) => {
    const goal = memoryGoal(cell);
    const peaks = cell.rows.flatMap(({ maxRssKiB }) => maxRssKiB ?? []);
    if (cell.tool !== 'velocity' || goal === undefined || peaks.length === 0) return [];
    return [{ cell, peakKiB: Math.max(...peaks), goalKiB: goal }];
  });
}

const GROWTH_FROM = 100;

/** How VelocityCache's time grows from 100 packages to the most that were measured; 1 is linear. @param {readonly Cell[]} cells */
export function growthOf(cells) {
  return cells.flatMap((small) => {
    if (small.tool !== 'velocity' || small.packages !== GROWTH_FROM) return [];
    const large = cells
      .filter((cell) => cell.tool === 'velocity' && cell.node === small.node && cell.scenario === small.scenario)
      .reduce((left, right) => (right.packages > left.packages ? right : left), small);
    const factor = wallOf(large).median / wallOf(small).median;
    return large === small ? [] : [{ small, large, perPackage: factor / (large.packages / small.packages) }];
  });
}

/** What the floor takes at a size; undefined where it was not measured. @param {readonly Cell[]} cells @param {Cell} cell */
export function floorMs(cells, { node, packages, scenario }) {
  const floor = cells.find((cell) => cell.tool === 'floor' && cell.node === node && cell.packages === packages);
  return floor === undefined || scenario.startsWith('large') ? undefined : wallOf(floor).median;
}

/** @param {Cell} cell */
export function wallOf({ rows }) {
  return spreadOf(rows.map(({ wallMs }) => wallMs));
}

/** @param {Row} row */
function positionOf({ node, packages, scenario, tool }) {
  return { node, packages, scenario, tool };
}

/** @param {Cell} left @param {Cell} right */
function isSamePlace(left, right) {
  return left.node === right.node && left.packages === right.packages && left.scenario === right.scenario;
}
