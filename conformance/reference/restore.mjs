// @ts-check
/** @import { PlannedTask } from './plan.mjs' */
/** @import { Entry } from './scan.mjs' */
/** @import { StoredResult } from './store.mjs' */
/** @import { Context } from './bring-about.mjs' */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { scan } from './scan.mjs';

/** Whether the outputs are already what is stored. @param {PlannedTask} task @param {Context} context @param {StoredResult} stored */
export function isInPlace(task, context, { entries }) {
  const there = new Map(present(task, context).map((entry) => [entry.path, JSON.stringify(entry)]));
  const isSame = entries.every((entry) => there.get(entry.path) === JSON.stringify(entry));
  return isSame && (context.faults.has('merge') || there.size === entries.length);
}

/** Makes the outputs what is stored: put together beside them, then moved in. @param {PlannedTask} task @param {Context} context @param {StoredResult} stored */
export function restore(task, context, stored) {
  const { root, faults } = context;
  const base = join(root, task.directory);
  if (faults.has('mark-first')) cleanOutputs(task, context);
  if (['merge', 'write-through', 'mark-first', 'ignore-errors'].some((fault) => faults.has(fault))) {
    return placeAll(stored, base, faults);
  }
  const stage = join(root, '.reference', `stage-${process.pid}`);
  const trash = join(root, '.reference', `trash-${process.pid}`);
  for (const folder of [stage, trash]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
  placeAll(stored, stage, faults);
  for (const path of faults.has('restore-tracked') ? [] : trackedFiles(task, context)) {
    if (existsSync(join(stage, path)) || !existsSync(join(base, path))) continue;
    mkdirSync(dirname(join(stage, path)), { recursive: true });
    copyFileSync(join(base, path), join(stage, path));
  }
  task.outputs.forEach((output, index) => {
    if (isThere(join(base, output))) renameSync(join(base, output), join(trash, String(index)));
    if (isThere(join(stage, output))) renameSync(join(stage, output), join(base, output));
  });
  for (const folder of [stage, trash]) rmSync(folder, { recursive: true, force: true });
}

/** Removes what the task is about to write, and nothing that git tracks. @param {PlannedTask} task @param {Context} context */
export function cleanOutputs(task, context) {
  const kept = context.faults.has('clean-tracked') ? [] : trackedFiles(task, context);
  const isKept = (/** @type {string} */ path) => kept.some((file) => file === path || file.startsWith(`${path}/`));
  const found = [...present(task, context), ...(context.faults.has('wide-clean') ? namedAlike(task, context) : [])];
  for (const { path } of found) {
    if (!isKept(path)) rmSync(join(context.root, task.directory, path), { recursive: true, force: true });
  }
}

/** @param {PlannedTask} task @param {Context} context @returns {Entry[]} */
function present(task, { root, faults }) {
  const seen = new Set([...faults].filter((fault) => fault === 'plain-names'));
  return task.outputs.flatMap((output) => scan(join(root, task.directory), output, seen));
}

/** What only begins like an output. @param {PlannedTask} task @param {Context} context */
function namedAlike({ outputs, directory }, { root }) {
  const names = readdirSync(join(root, directory));
  return names.filter((name) => outputs.some((output) => name.startsWith(output))).map((path) => ({ path }));
}

/** @param {PlannedTask} task @param {Context} context @returns {string[]} */
function trackedFiles(task, { root }) {
  if (task.outputs.length === 0) return [];
  const cwd = join(root, task.directory);
  const text = execFileSync('git', ['ls-files', '-z', '--', ...task.outputs], { cwd, encoding: 'utf8' });
  return text.split('\0').filter((path) => path !== '');
}

/** @param {StoredResult} stored @param {string} base @param {Set<string>} faults */
function placeAll({ entries, folder }, base, faults) {
  for (const entry of entries) {
    try {
      place(entry, join(folder, entry.path), join(base, entry.path), faults);
    } catch (error) {
      if (!faults.has('ignore-errors')) throw error;
    }
  }
}

/** @param {Entry} entry @param {string} from @param {string} to @param {Set<string>} faults */
function place(entry, from, to, faults) {
  mkdirSync(entry.type === 'folder' ? to : dirname(to), { recursive: true });
  if (entry.type !== 'file' && entry.type !== 'link') return;
  const isUnchecked = faults.has('no-verify') || faults.has('save-in-place');
  if (isUnchecked && entry.type === 'file' && !existsSync(from)) return;
  if (!faults.has('write-through') && !faults.has('merge')) rmSync(to, { force: true });
  if (entry.type === 'link') symlinkSync(entry.target, to);
  else if (faults.has('hard-links')) linkSync(from, to);
  else {
    copyFileSync(from, to);
    chmodSync(to, entry.isExecutable ? 0o755 : 0o644);
  }
}

/** @param {string} path */
function isThere(path) {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
