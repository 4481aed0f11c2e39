// @ts-check
/** @import { Cell, ScenarioId, ToolName } from './types.d.ts' */

/** How long VelocityCache may take at most, as a share of what turbo takes as npm installs it; by packages. @type {Readonly<Partial<Record<ScenarioId, Readonly<Record<number, number>>>>>} */
const AGAINST_TURBO = {
  noop: { 10: 0.75, 100: 0.5, 1000: 0.2 },
  restore: { 10: 0.9, 100: 0.7, 1000: 0.5 },
  leaf: { 10: 0.9, 100: 0.6, 1000: 0.3 },
  root: { 10: 0.6, 100: 0.5, 1000: 0.5 },
  dry: { 10: 0.75, 100: 0.5, 1000: 0.25 },
  'large-save': { 10: 0.8 },
  'large-restore': { 10: 0.8 },
  remote: { 10: 0.7, 100: 0.4, 1000: 0.3 },
  'remote-rgw': { 10: 0.7, 100: 0.4, 1000: 0.3 },
};

/** The same against its native binary, where nothing changed; from so many packages on. */
const AGAINST_BINARY = [
  { from: 1000, goal: 0.25 },
  { from: 100, goal: 0.6 },
  { from: 20, goal: 1 },
];

/** Twice as fast as everybody else, from 100 packages on. */
const AGAINST_OTHERS = { from: 100, goal: 0.5 };

/** Of the agent's largest process, in KiB. */
const MEMORY_AT_1000 = 120 * 1024;
const MEMORY_WITH_LARGE_OUTPUTS = 192 * 1024;

/** What is to be reached against a tool; undefined where nothing was promised. @param {Pick<Cell, 'scenario' | 'packages' | 'tool'>} cell the other tool's */
export function speedGoal({ scenario, packages, tool }) {
  if (tool === 'turbo') return AGAINST_TURBO[scenario]?.[packages];
  if (tool === 'turbo-bin') {
    return scenario === 'noop' ? AGAINST_BINARY.find(({ from }) => packages >= from)?.goal : undefined;
  }
  if (tool === 'velocity' || tool === 'floor') return undefined;
  return packages >= AGAINST_OTHERS.from ? AGAINST_OTHERS.goal : undefined;
}

/** The most memory that VelocityCache may take, in KiB; undefined where nothing was promised. @param {Pick<Cell, 'scenario' | 'packages'>} cell */
export function memoryGoal({ scenario, packages }) {
  if (scenario === 'large-save' || scenario === 'large-restore') return MEMORY_WITH_LARGE_OUTPUTS;
  return packages === 1000 ? MEMORY_AT_1000 : undefined;
}
