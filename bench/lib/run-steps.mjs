// @ts-check
/** @import { Bench, Box, Remote, Step, ToolName } from './types.d.ts' */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describeLarge, describeStandard } from '../monorepo/describe-monorepo.mjs';
import { writeLargeOutputs } from '../monorepo/large-outputs.mjs';
import { createBox } from './create-box.mjs';
import { measureRow, warmUp } from './measure-row.mjs';
import { rowLine } from './row-line.mjs';
import { forgetAll } from './scenarios.mjs';

/**
 * Measures every round that the results do not have yet: one size after the other, in workspaces that are made for it.
 * @param {readonly Step[]} steps
 * @param {Bench} bench
 */
export async function runSteps(steps, bench) {
  const missing = steps.filter((step) => roundsOf(step).some((run) => !bench.results.hasRound(step, run)));
  const sizes = [...new Set(missing.map(sizeOf))].toSorted(byNumber);
  for (const [index, size] of sizes.entries()) {
    const folder = join(bench.folder, size);
    await runSize(
      missing.filter((step) => sizeOf(step) === size),
      { folder, bench },
    );
    if (index < sizes.length - 1 && bench.care.settleMs > 0) {
      bench.trash.empty();
      rmSync(folder, { recursive: true });
      await delay(bench.care.settleMs, undefined, { signal: bench.signal });
    }
  }
}

/** Steps with the same name share their workspaces. @param {Step} step */
function sizeOf({ scenario, packages }) {
  return `${packages}-${scenario.variant}`;
}

/** The number at the beginning counts. @param {string} left @param {string} right */
function byNumber(left, right) {
  return Number.parseInt(left, 10) - Number.parseInt(right, 10);
}

/** @param {readonly Step[]} steps of the same size @param {{ folder: string, bench: Bench }} options */
async function runSize(steps, { folder, bench }) {
  const names = new Set(steps.flatMap(({ tools }) => tools));
  const isLarge = steps[0]?.scenario.variant === 'large';
  const monorepo = isLarge ? describeLarge() : describeStandard(steps[0]?.packages ?? 0);
  const blobs = isLarge ? join(bench.folder, 'blobs') : undefined;
  if (blobs !== undefined) writeLargeOutputs(blobs, bench.largeScale);
  const boxes = [...names].map((name) => {
    const { binFolder, node, trash } = bench;
    const places = { folder: join(folder, name), binFolder, node, blobs, moveAside: trash.moveAside };
    return createBox(bench.findTool(name), monorepo, places);
  });
  try {
    for (const step of steps) await runStep(step, boxes, bench);
  } finally {
    for (const box of boxes) await box.tool.stop?.(box);
  }
}

/** @param {Step} step @param {readonly Box[]} all @param {Bench} bench */
async function runStep(step, all, bench) {
  const boxes = step.tools.flatMap((name) => all.filter(({ tool }) => tool.name === name));
  /** @type {Map<ToolName, Remote>} */
  const remotes = new Map();
  try {
    for (const box of boxes) {
      const remote = await startRemote(box, step, bench);
      if (remote !== undefined) {
        remotes.set(box.tool.name, remote);
        // What is in the local store already would not be sent.
        await forgetAll(box);
      }
      await warmUp(box, { remote, bench });
    }
    for (const run of roundsOf(step)) {
      if (bench.results.hasRound(step, run)) continue;
      bench.results.dropRound(step, run);
      for (const box of rotated(boxes, run)) {
        const row = await measureRow(box, step, { run, remote: remotes.get(box.tool.name), bench });
        bench.results.add(row);
        bench.say(rowLine(row));
      }
    }
  } finally {
    for (const remote of remotes.values()) await remote.stop();
  }
}

/** @param {Box} box @param {Step} step @param {Bench} bench */
async function startRemote(box, { scenario, packages }, { folder, signal }) {
  if (scenario.remote === undefined) return undefined;
  const place = join(folder, `${scenario.id}-${packages}-${box.tool.name}`);
  mkdirSync(place);
  return box.tool.startRemote?.(scenario.remote, { folder: place, env: box.env, signal });
}

/** @param {Step} step */
function roundsOf({ runs }) {
  return Array.from({ length: runs }, (_, run) => run);
}

/** Another one is first in each round. @template Item @param {readonly Item[]} items @param {number} by */
function rotated(items, by) {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
