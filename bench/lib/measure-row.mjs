// @ts-check
/** @import { Bench, Box, Hits, Remote, Row, Scenario, Step, Usage } from './types.d.ts' */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureRun } from '../measure/measure-run.mjs';
import { waitForQuiet } from '../measure/processor-time.mjs';
import { verifyRun } from './verify-run.mjs';

const MANY_PACKAGES = 500;

/**
 * @typedef {object} Attempt
 * @property {Usage} usage
 * @property {number} waitedMs
 * @property {Hits | undefined} hits
 * @property {string | undefined} wrong
 */

/**
 * Runs a tool once as the scenario says and verifies what it did; again while other work disturbs it. The least disturbed run
 * counts; one that was wrong counts at once.
 * @param {Box} box
 * @param {Step} step
 * @param {{ run: number, remote: Remote | undefined, bench: Bench }} options
 * @returns {Promise<Row>}
 */
export async function measureRow(box, { scenario, packages }, { run, remote, bench }) {
  const { maxForeignShare, maxAttempts } = bench.care;
  let best = await attempt(box, scenario, { remote, bench });
  let attempts = 1;
  while (best.wrong === undefined && foreignShare(best) > maxForeignShare && attempts < maxAttempts) {
    const next = await attempt(box, scenario, { remote, bench });
    attempts += 1;
    if (next.wrong !== undefined || foreignShare(next) < foreignShare(best)) best = next;
  }
  const { usage, waitedMs, hits, wrong } = best;
  return {
    node: bench.nodeVersion,
    packages,
    scenario: scenario.id,
    tool: box.tool.name,
    run,
    ...roundedUsage(usage),
    ...hits,
    attempts,
    waitedMs: Math.round(waitedMs),
    ...(wrong !== undefined && { wrong }),
  };
}

/** Brings a workspace up to date without measuring it: afterwards everything is built and stored. @param {Box} box @param {{ remote: Remote | undefined, bench: Bench }} options */
export async function warmUp(box, { remote, bench }) {
  const instruments = { meter: undefined, timeProgram: undefined };
  await execute(box, box.tool.command(box), { remote, bench, instruments });
}

/** @param {Box} box @param {Scenario} scenario @param {{ remote: Remote | undefined, bench: Bench }} options @returns {Promise<Attempt>} */
async function attempt(box, scenario, { remote, bench }) {
  await scenario.prepare(box);
  const isHeavy = scenario.variant === 'large' || box.monorepo.packages.length >= MANY_PACKAGES;
  // Every run starts without dirty pages.
  if (isHeavy && bench.instruments.meter !== undefined) spawnSync('sync');
  const { quietLimitMs } = bench.care;
  const waitedMs = quietLimitMs > 0 ? await waitForQuiet(quietLimitMs, bench.signal) : 0;
  const argv = scenario.isDry === true ? box.tool.dryCommand?.(box) : box.tool.command(box);
  if (argv === undefined) throw new Error(`${box.tool.name} has no dry run`);
  const { usage, output } = await execute(box, argv, { remote, bench, instruments: bench.instruments });
  const verdict = verifyRun(box, scenario, { code: usage.code, output });
  bench.trash.shrink();
  return { usage, waitedMs, ...verdict };
}

/** @param {Box} box @param {readonly string[]} argv @param {{ remote: Remote | undefined, bench: Bench, instruments: Bench['instruments'] }} options */
async function execute(box, argv, { remote, bench, instruments }) {
  const logFile = join(bench.folder, `${box.tool.name}.log`);
  const options = {
    cwd: box.root,
    env: { ...box.env, ...remote?.env },
    logFile,
    servers: remote?.processIds ?? [],
    signal: bench.signal,
  };
  const usage = await measureRun(argv, options, instruments);
  return { usage, output: readFileSync(logFile, 'utf8') };
}

/** With no more digits than mean something. @param {Usage} usage */
function roundedUsage(usage) {
  const measured = Object.entries(usage).filter(([name]) => name !== 'code');
  const rounded = measured.map(([name, value]) => [name, Math.round(value * 1000) / 1000]);
  return /** @type {Omit<Usage, 'code'>} */ (Object.fromEntries(rounded));
}

/** @param {Attempt} attempt */
function foreignShare({ usage }) {
  return usage.foreignShare ?? 0;
}
