// @ts-check
/** @import { PlannedTask } from './plan.mjs' */
/** @import { Description } from './key.mjs' */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execute } from './execute.mjs';
import { describe, inputTimes, keyOf } from './key.mjs';
import { withLock } from './lock.mjs';
import { reasonOf } from './reason.mjs';
import { cleanOutputs, isInPlace, restore } from './restore.mjs';
import { entryState, load, save } from './store.mjs';

/** @typedef {{ root: string, cache: string, faults: Set<string>, done: Map<string, { key: string, isTainted: boolean }>, env: NodeJS.ProcessEnv }} Context */
/** @typedef {{ code: number, isHit: boolean, key: string, isTainted: boolean, reason?: string }} Result */

/** Makes a task's outputs what they should be: as they are, from the store, or by running it. @param {PlannedTask} task @param {Context} context @returns {Promise<Result>} */
export async function bringAbout(task, context) {
  const { cache, faults, done } = context;
  const description = describe(task, context);
  const key = keyOf(task, description);
  const taint = task.dependencies.find((id) => done.get(id)?.isTainted === true);
  if (taint !== undefined && !faults.has('no-taint')) {
    return { ...(await run(task, { context, description, isStored: false })), reason: `${taint} is not stored` };
  }
  const body = async () => {
    const isCorrupt = entryState(cache, key, faults) === 'corrupt';
    if (reuse(task, context, key)) return { code: 0, isHit: true, key, isTainted: false };
    const reason = isCorrupt ? 'corrupt' : reasonOf(lastDescription(task, context), description);
    return { ...(await run(task, { context, description, isStored: true })), reason };
  };
  return faults.has('no-lock') ? body() : withLock(join(cache, 'locks', key), body, faults);
}

/** @param {PlannedTask} task @param {Context} context @param {string} key */
function reuse(task, context, key) {
  const { root, cache, faults } = context;
  const mark = join(root, '.reference', task.id);
  const lastKey = existsSync(mark) ? readFileSync(mark, 'utf8') : undefined;
  if (faults.has('brittle') && !/^([0-9a-f]{64})?$/.test(lastKey ?? '')) throw new Error(`${mark} is damaged`);
  const isTrusted = faults.has('trust-last-run') || faults.has('mark-first');
  if (isTrusted && lastKey === key) return true;
  const entry = load(cache, key, faults);
  if (entry === undefined) return false;
  if (faults.has('mark-first')) write(mark, key);
  if (faults.has('always-restore') || !isInPlace(task, context, entry)) restore(task, context, entry);
  write(mark, key);
  for (const { stream, text } of entry.log) {
    process[faults.has('merge-logs') ? 'stdout' : stream].write(text);
  }
  return true;
}

/** @param {PlannedTask} task @param {{ context: Context, description: Description, isStored: boolean }} options @returns {Promise<Result>} */
async function run(task, { context, description, isStored }) {
  const { root, cache, faults } = context;
  const key = keyOf(task, description);
  rmSync(join(root, '.reference', task.id), { force: true });
  const before = inputTimes(task, context);
  if (!faults.has('no-clean')) cleanOutputs(task, context);
  const { code, log } = await execute(task, context);
  if (code !== 0 && !faults.has('cache-failures')) return { code, isHit: false, key, isTainted: true };
  const keyAfter = keyOf(task, describe(task, context));
  const isUnguarded = faults.has('no-guard') || faults.has('late-key');
  const isSame =
    keyAfter === key &&
    (faults.has('trust-guard-digest') || difference(before, inputTimes(task, context)) === undefined);
  const isSettled = isStored && (isUnguarded || isSame);
  if (!isSettled && !faults.has('silent')) {
    process.stderr.write(`${task.id} is not stored: ${difference(before, inputTimes(task, context)) ?? 'see above'}\n`);
  }
  if (isSettled && !(faults.has('outputs-required') && task.outputs.length === 0)) {
    const storedAs = faults.has('late-key') ? keyAfter : key;
    const obstacle = save(task, { root, cache, faults, key: storedAs, log });
    if (obstacle !== undefined) {
      if (!faults.has('silent')) process.stderr.write(`${task.id} is not stored: ${obstacle}\n`);
      return { code, isHit: false, key, isTainted: true };
    }
    write(join(root, '.reference', task.id), storedAs);
    write(join(root, '.reference', `${task.id}.why`), JSON.stringify(description));
  }
  return { code, isHit: false, key, isTainted: !isSettled };
}

/** What the task was made from last time; nothing where that is not known or not legible. @param {PlannedTask} task @param {Context} context @returns {Description | undefined} */
function lastDescription({ id }, { root }) {
  try {
    return JSON.parse(readFileSync(join(root, '.reference', `${id}.why`), 'utf8'));
  } catch {
    // Never written, or damaged.
    return undefined;
  }
}

/** The first path that is not as it was. @param {Map<string, string>} before @param {Map<string, string>} after */
function difference(before, after) {
  return [...new Set([...before.keys(), ...after.keys()])].find((path) => before.get(path) !== after.get(path));
}

/** @param {string} file @param {string} text */
function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
