// @ts-check
/** @import { PlannedTask } from './plan.mjs' */
import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { digestOf, scan } from './scan.mjs';

/** @typedef {import('./bring-about.mjs').Context} Context */
/** Everything that decides a result. @typedef {{ files: string[][], command: readonly string[], arguments: readonly string[], outputs: readonly string[], variables: (readonly [name: string, value: string | null])[], dependencies: [id: string, key: string | undefined][], globals: string[][], packages: Readonly<Record<string, string>>, rest: string }} Description */

/** @param {PlannedTask} task @param {Context} context @returns {Description} */
export function describe(task, { root, faults, done, env }) {
  const base = join(root, task.directory);
  const files = task.inputs
    .flatMap((folder) => scan(base, folder, withStatsOnly(faults)))
    .filter((entry) => entry.type !== 'folder' && !(faults.has('skip-links') && entry.type === 'link'))
    .map((entry) => {
      const path = faults.has('no-paths') ? '' : entry.path;
      if (entry.type === 'link') return [path, entry.target, 'link'];
      if (entry.type !== 'file') return [path, '', entry.type];
      const isExecutable = !faults.has('no-modes') && entry.isExecutable;
      const file = join(base, entry.path);
      const isManifest = entry.path === 'package.json' && !faults.has('whole-manifest');
      const digest = isManifest ? digestOfDependencies(file) : trusted(root, file, entry.digest, faults);
      return [path, digest, String(isExecutable)];
    });
  const unset = faults.has('blank-env') ? '' : null;
  const loaded = faults.has('no-dotenv') ? {} : loadVariables(task, root);
  const unless = (/** @type {string} */ fault) => (/** @type {unknown} */ value) => (faults.has(fault) ? '' : value);
  const read = (/** @type {string} */ file) => [file, digestOf(readFileSync(join(root, file)))];
  return /** @type {Description} */ ({
    files: files.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    command: unless('no-command')(task.command),
    arguments: faults.has('sort-arguments') ? [...task.args].sort() : task.args,
    outputs: unless('no-outputs')(task.outputs),
    variables: faults.has('no-env') ? [] : task.env.map((name) => [name, env[name] ?? loaded[name] ?? unset]),
    dependencies: faults.has('no-dependencies') ? [] : task.dependencies.map((id) => [id, done.get(id)?.key]),
    globals: faults.has('no-globals') ? [] : task.globals.map(read),
    packages: faults.has('no-packages') ? {} : faults.has('whole-lockfile') ? task.otherPackages : task.packages,
    rest: faults.has('dotenv-bytes') ? task.dotenv.map((file) => readFileSync(join(base, file), 'utf8')).join() : '',
  });
}

/** @param {PlannedTask} task @param {Description} description */
export function keyOf({ id }, description) {
  return digestOf(JSON.stringify([id, description]));
}

/** Of a manifest, what decides a result and is not elsewhere in the key. @param {string} file */
function digestOfDependencies(file) {
  const { dependencies } = /** @type {{ dependencies?: object }} */ (JSON.parse(readFileSync(file, 'utf8')));
  return digestOf(JSON.stringify(dependencies ?? {}));
}

/** The variables in a task's files of them. @param {PlannedTask} task @param {string} root @returns {Record<string, string>} */
export function loadVariables({ dotenv, directory }, root) {
  const text = dotenv.map((file) => readFileSync(join(root, directory, file), 'utf8')).join('\n');
  return Object.fromEntries([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
}

/** Changes with anything that happens to an input, put back or not. @param {PlannedTask} task @param {Context} context @returns {Map<string, string>} */
export function inputTimes(task, { root, faults }) {
  const base = join(root, task.directory);
  const entries = task.inputs.flatMap((folder) => scan(base, folder, faults)).filter(({ type }) => type !== 'folder');
  return new Map(
    entries.map(({ path }) => {
      const { ctimeNs, mtimeNs, ino, size } = lstatSync(join(base, path), { bigint: true });
      return [path, [ctimeNs, mtimeNs, ino, size].join()];
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
