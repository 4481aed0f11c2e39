// @ts-check
/** @import { PlannedTask } from './plan.mjs' */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execute } from './execute.mjs';
import { inputTimes, keyOf } from './key.mjs';
import { withLock } from './lock.mjs';
import { cleanOutputs, isInPlace, restore } from './restore.mjs';
import { load, save } from './store.mjs';

/** @typedef {{ root: string, cache: string, faults: Set<string>, done: Map<string, { key: string, isTainted: boolean }>, env: NodeJS.ProcessEnv }} Context */
/** @typedef {{ code: number, isHit: boolean, key: string, isTainted: boolean }} Result */

/** Makes a task's outputs what they should be: as they are, from the store, or by running it. @param {PlannedTask} task @param {Context} context @returns {Promise<Result>} */
export async function bringAbout(task, context) {
  const { cache, faults, done } = context;
  const key = keyOf(task, context);
  const isTainted = task.dependencies.some((id) => done.get(id)?.isTainted === true);
  if (isTainted && !faults.has('no-taint')) return run(task, { context, key, isStored: false });
  const body = async () => {
    const isDone = reuse(task, context, key);
    return isDone ? { code: 0, isHit: true, key, isTainted: false } : run(task, { context, key, isStored: true });
  };
  return faults.has('no-lock') ? body() : withLock(join(cache, 'locks', key), body);
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
  if (!isInPlace(task, context, entry)) restore(task, context, entry);
  write(mark, key);
  for (const { stream, text } of entry.log) {
    process[faults.has('merge-logs') ? 'stdout' : stream].write(text);
  }
  return true;
}

/** @param {PlannedTask} task @param {{ context: Context, key: string, isStored: boolean }} options @returns {Promise<Result>} */
async function run(task, { context, key, isStored }) {
  const { root, cache, faults } = context;
  rmSync(join(root, '.reference', task.id), { force: true });
  const before = inputTimes(task, context);
  if (!faults.has('no-clean')) cleanOutputs(task, context);
  const { code, log } = await execute(task, context);
  if (code !== 0 && !faults.has('cache-failures')) return { code, isHit: false, key, isTainted: true };
  const keyAfter = keyOf(task, context);
  const isUnguarded = faults.has('no-guard') || faults.has('late-key');
  const isSame = keyAfter === key && (faults.has('trust-guard-digest') || inputTimes(task, context) === before);
  const isSettled = isStored && (isUnguarded || isSame);
  const isWanted = !(faults.has('outputs-required') && task.outputs.length === 0);
  if (isSettled && isWanted) {
    const storedAs = faults.has('late-key') ? keyAfter : key;
    save(task, { root, cache, faults, key: storedAs, log });
    write(join(root, '.reference', task.id), storedAs);
  }
  return { code, isHit: false, key, isTainted: !isSettled };
}

/** @param {string} file @param {string} text */
function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
