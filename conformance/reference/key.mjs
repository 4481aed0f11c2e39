// @ts-check
/** @import { PlannedTask } from './plan.mjs' */
import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { digestOf, scan } from './scan.mjs';

/** @typedef {import('./bring-about.mjs').Context} Context */

/** @param {PlannedTask} task @param {Context} context */
export function keyOf(task, { root, faults, done, env }) {
  const base = join(root, task.directory);
  const files = task.inputs
    .flatMap((folder) => scan(base, folder, withStatsOnly(faults)))
    .filter((entry) => entry.type !== 'folder' && !(faults.has('skip-links') && entry.type === 'link'))
    .map((entry) => {
      const path = faults.has('no-paths') ? '' : entry.path;
      if (entry.type !== 'file') return JSON.stringify({ ...entry, path });
      const isExecutable = !faults.has('no-modes') && entry.isExecutable;
      return JSON.stringify({
        path,
        isExecutable,
        digest: trusted(root, join(base, entry.path), entry.digest, faults),
      });
    });
  const args = faults.has('sort-arguments') ? [...task.args].sort() : task.args;
  const unset = faults.has('blank-env') ? '' : null;
  const variables = faults.has('no-env') ? [] : task.env.map((name) => [name, env[name] ?? unset]);
  const dependencies = faults.has('no-dependencies') ? [] : task.dependencies.map((id) => done.get(id)?.key);
  return digestOf(JSON.stringify([task.id, task.command, task.outputs, files.sort(), args, variables, dependencies]));
}

/** Changes with anything that happens to an input, put back or not. @param {PlannedTask} task @param {Context} context */
export function inputTimes(task, { root, faults }) {
  const base = join(root, task.directory);
  const entries = task.inputs.flatMap((folder) => scan(base, folder, faults)).filter(({ type }) => type !== 'folder');
  return JSON.stringify(
    entries.map(({ path }) => {
      const { ctimeNs, mtimeNs, ino, size } = lstatSync(join(base, path), { bigint: true });
      return [path, ...[ctimeNs, mtimeNs, ino, size].map(String)];
    }),
  );
}

/** Links of inputs are kept apart whatever is done to links of outputs. @param {Set<string>} faults */
function withStatsOnly(faults) {
  return new Set([...faults].filter((fault) => fault !== 'follow-links'));
}

/** With the fault, a file is not read again while its size and second are the same. @param {string} root @param {string} file @param {string} digest @param {Set<string>} faults */
function trusted(root, file, digest, faults) {
  if (!faults.has('trust-stat')) return digest;
  const index = join(root, '.reference', 'stats.json');
  const known = existsSync(index) ? JSON.parse(readFileSync(index, 'utf8')) : {};
  const { size, mtimeMs } = lstatSync(file);
  const tag = `${size} ${Math.floor(mtimeMs / 1000)}`;
  if (known[file]?.tag === tag) return /** @type {string} */ (known[file].digest);
  known[file] = { tag, digest };
  mkdirSync(dirname(index), { recursive: true });
  writeFileSync(index, JSON.stringify(known));
  return digest;
}
