// @ts-check
/** @import { Adapter, PackageSpec, TaskSpec } from '../lib/types.d.ts' */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedVersion } from '../lib/install.mjs';
import { linkTools, programIn } from '../lib/link-tools.mjs';
import { runProcess } from '../lib/process.mjs';
import { readLines, readReasonLines } from '../lib/read-lines.mjs';
import { listTree } from '../lib/tree.mjs';
import { commandOf, tasksOf, writeJson } from '../lib/workspace.mjs';
import { vitePlusWordings } from './wordings.mjs';

const MISS_LINE =
  /^~\/packages\/(?<package>[\w-]+)\$ node (?<task>\w+)\.mjs.*cache miss: (?<reason>[^]+?), executing$/gm;

/** Inputs and outputs are what the task reads and writes: its default, and what its guide recommends. @type {Adapter} */
export const adapter = {
  name: 'vite-plus',
  npm: 'vite-plus',
  version: (tools) => installedVersion(tools, 'vite-plus'),
  setUp(box, spec, tools) {
    linkTools(box, tools);
    for (const description of spec.packages) {
      const folder = join(box.root, 'packages', description.name);
      const config = JSON.stringify({ run: { tasks: configOf(description) } }, undefined, 2);
      writeFileSync(join(folder, 'vite.config.mjs'), `export default ${config};\n`);
      editManifest(join(folder, 'package.json'), description);
    }
  },
  async run(box, tasks, { packages = [], args = [], env, ...control }, tools) {
    const which = packages.length > 0 ? packages.map((name) => `--filter=${name}`) : ['-r'];
    /** @type {import('../lib/types.d.ts').ProcessResult | undefined} */
    let result;
    // One task at a time is all it takes.
    for (const task of tasks) {
      const next = await runProcess([programIn(tools, 'vp'), 'run', ...which, task, ...args], {
        cwd: box.root,
        env: { ...box.env, ...env },
        ...control,
      });
      result =
        result === undefined
          ? next
          : { ...next, stdout: result.stdout + next.stdout, stderr: result.stderr + next.stderr };
      if (next.code !== 0) break;
    }
    if (result === undefined) throw new Error('no task to run');
    return result;
  },
  read: ({ stdout, stderr }) => {
    const text = `${stdout}\n${stderr}`;
    return readLines(text, [
      [/^~\/packages\/(?<package>[\w-]+)\$ node (?<task>\w+)\.mjs/gm, 'miss'],
      [/^~\/packages\/(?<package>[\w-]+)\$ node (?<task>\w+)\.mjs.*cache hit/gm, 'hit'],
    ]);
  },
  readReasons: ({ stdout, stderr }) => readReasonLines(`${stdout}\n${stderr}`, MISS_LINE),
  wordings: vitePlusWordings,
  stored: ({ root }) => cacheFiles(root, '.tar.zst'),
  remembered: ({ root }) => cacheFiles(root, '.db'),
  notApplicable: { E3: 'it loads no such files', E4: 'it loads no such files' },
};

/** @param {string} root @param {string} end */
function cacheFiles(root, end) {
  const folder = join(root, 'node_modules', '.vite', 'task-cache');
  return (existsSync(folder) ? listTree(folder) : [])
    .filter((path) => path.endsWith(end))
    .map((path) => join(folder, path));
}

/** @param {PackageSpec} description */
function configOf(description) {
  return Object.fromEntries(tasksOf(description).map(([task, config]) => [task, settings(task, config)]));
}

/** @param {string} name @param {TaskSpec} config */
function settings(name, config) {
  const { outputs = ['dist'], dependsOn = [], env = [] } = config;
  return {
    command: commandOf(name, config),
    cache: {
      env,
      // What its guide recommends for outputs that the task or the runner looks at, too.
      input: [{ auto: true }, ...outputs.map((folder) => `!${folder}/**`)],
    },
    dependsOn: dependsOn.map((dependency) =>
      dependency.startsWith('^') ? { task: dependency.slice(1), from: 'dependencies' } : dependency,
    ),
  };
}

/** A task may not have the name of a script, and only `workspace:` makes an edge. @param {string} file @param {PackageSpec} description */
function editManifest(file, { dependencies = [] }) {
  const manifest = /** @type {{ dependencies?: object }} */ (JSON.parse(readFileSync(file, 'utf8')));
  const versions = Object.fromEntries(dependencies.map((name) => [name, 'workspace:*']));
  writeJson(file, { ...manifest, scripts: {}, dependencies: { ...manifest.dependencies, ...versions } });
}
