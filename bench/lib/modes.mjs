// @ts-check
/** @import { Mode, ScenarioId, Step, ToolName } from './types.d.ts' */
import { findScenario, SCENARIOS } from './scenarios.mjs';

/** Above this size only growth is of interest, and these tools; so below 100 where the size is none of the tables'. */
const GROWTH_TOOLS = new Set(['velocity', 'turbo', 'turbo-bin', 'floor']);
const TABLE_SIZES = new Set([10, 100, 1000]);

/** @type {Readonly<Record<'quick' | 'full' | 'smoke', Mode>>} */
export const MODES = {
  quick: {
    sizes: {
      cold: [10, 100],
      noop: [10, 100, 1000],
      restore: [10, 100],
      leaf: [10, 100],
      root: [10, 100],
      dry: [10, 100],
    },
    tools: ['velocity', 'turbo', 'floor'],
    runs: 3,
    care: { quietLimitMs: 1000, maxForeignShare: 0.1, maxAttempts: 2, settleMs: 0 },
    largeScale: 1,
    isMeasuring: true,
  },
  full: {
    sizes: {
      cold: [10, 100, 1000],
      noop: [10, 20, 100, 1000, 5000],
      restore: [10, 100, 1000, 5000],
      leaf: [10, 100, 1000, 5000],
      root: [10, 100, 1000, 5000],
      dry: [10, 100, 1000, 5000],
      'large-save': [10],
      'large-restore': [10],
      remote: [10, 100, 1000],
      'remote-rgw': [10, 100, 1000],
    },
    tools: ['velocity', 'turbo', 'turbo-bin', 'nx', 'nx-daemon', 'nx-commands', 'lage', 'wireit', 'moon', 'floor'],
    runs: 7,
    care: { quietLimitMs: 60_000, maxForeignShare: 0.1, maxAttempts: 5, settleMs: 300_000 },
    largeScale: 1,
    isMeasuring: true,
  },
  smoke: {
    sizes: Object.fromEntries(SCENARIOS.map(({ id }) => [id, [10]])),
    tools: ['velocity', 'turbo', 'floor'],
    runs: 1,
    care: { quietLimitMs: 0, maxForeignShare: 1, maxAttempts: 1, settleMs: 0 },
    largeScale: 0.01,
    isMeasuring: false,
  },
};

/**
 * What is to be measured, in this order. Each of the choices replaces what the mode says.
 * @param {Mode} mode
 * @param {{ scenarios: readonly ScenarioId[] | undefined, packages: readonly number[] | undefined, tools: readonly ToolName[] | undefined, runs: number | undefined }} choices
 * @returns {Step[]} without tools
 */
export function planSteps(mode, { scenarios, packages, tools, runs }) {
  const chosen = scenarios ?? /** @type {ScenarioId[]} */ (Object.keys(mode.sizes));
  return chosen.flatMap((id) => {
    const scenario = findScenario(id);
    const isFixed = scenario.variant === 'large';
    const sizes = (isFixed ? undefined : packages) ?? mode.sizes[id] ?? [10];
    return sizes.map((size) => ({
      scenario,
      packages: size,
      tools: tools ?? mode.tools.filter((name) => TABLE_SIZES.has(size) || GROWTH_TOOLS.has(name)),
      runs: runs ?? (isSlow(id, size) ? Math.min(mode.runs, 3) : mode.runs),
    }));
  });
}

/** Where runs take so long that a few tell enough. @param {ScenarioId} id @param {number} packages */
function isSlow(id, packages) {
  return packages >= 1000 && (id === 'cold' || id === 'root');
}
