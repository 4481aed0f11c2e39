// @ts-check
/** @import { Adapter, PackageSpec, TaskSpec, WorkspaceSpec } from '../lib/types.d.ts' */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedVersion } from '../lib/install.mjs';
import { linkTools } from '../lib/link-tools.mjs';
import { runProcess } from '../lib/process.mjs';
import { readLines } from '../lib/read-lines.mjs';
import { commandOf, taskNames, tasksOf, writeJson } from '../lib/workspace.mjs';

/** @type {Adapter} */
export const adapter = {
  name: 'wireit',
  npm: 'wireit',
  version: (tools) => installedVersion(tools, 'wireit'),
  setUp(box, spec, tools) {
    linkTools(box, tools);
    for (const description of spec.packages) {
      edit(join(box.root, 'packages', description.name, 'package.json'), scripts(description, spec.globalInputs ?? []));
    }
    edit(join(box.root, 'package.json'), rootScripts(spec));
  },
  /** One script at a time is all it knows: for several there is one in the root that needs them. */
  run(box, tasks, { packages = [], args = [], env, ...control }) {
    const where = packages.map((name) => `--workspace=${name}`);
    const rest = args.length > 0 ? ['--', ...args] : [];
    return runProcess(['npm', 'run', '--silent', tasks.join('-and-'), ...where, ...rest], {
      cwd: box.root,
      env: { ...box.env, WIREIT_LOGGER: 'simple', ...env },
      ...control,
    });
  },
  read: ({ stdout, stderr }) =>
    readLines(`${stdout}\n${stderr}`, [
      [/\[(?:packages\/)?(?<package>[\w-]+):(?<task>\w+)\] (?:Ran|Executed|Running)/gm, 'miss'],
      [/\[(?:packages\/)?(?<package>[\w-]+):(?<task>\w+)\] (?:Already fresh|Restored from cache)/gm, 'hit'],
      [/\[(?:packages\/)?(?<package>[\w-]+):(?<task>\w+)\] (?:Failed|exited)/gm, 'failed'],
    ]),
  stored: ({ root }) => [join(stateOfBuild(root), 'cache')],
  remembered: ({ root }) => ['fingerprint', 'manifest'].map((name) => join(stateOfBuild(root), name)),
  notApplicable: {
    T10: 'there is no default: without inputs nothing is cached',
    J1: 'there is no default: without inputs nothing is cached',
    L1: 'it stores no logs',
    E3: 'it loads no such files',
    E4: 'it loads no such files',
  },
};

/** Named after the script, in hexadecimal digits. @param {string} root */
function stateOfBuild(root) {
  return join(root, 'packages', 'lib', '.wireit', Buffer.from('build').toString('hex'));
}

/** @param {PackageSpec} description @param {readonly string[]} globals */
function scripts(description, globals) {
  const tasks = tasksOf(description);
  return {
    scripts: Object.fromEntries(tasks.map(([task]) => [task, 'wireit'])),
    wireit: Object.fromEntries(
      tasks.map(([task, config]) => [task, script(description, { name: task, config, globals })]),
    ),
  };
}

/** @param {PackageSpec} description @param {{ name: string, config: TaskSpec, globals: readonly string[] }} task */
function script(description, { name, config, globals }) {
  const { inputs = ['src'], outputs = ['dist'], dependsOn = [], env = [] } = config;
  return {
    command: commandOf(name, config),
    ...(inputs !== 'default' && {
      files: [...inputs.map((folder) => `${folder}/**`), ...globals.map((file) => `../../${file}`)],
    }),
    output: outputs.map((folder) => `${folder}/**`),
    dependencies: dependsOn.flatMap((dependency) =>
      dependency.startsWith('^')
        ? (description.dependencies ?? []).map((other) => `../${other}:${dependency.slice(1)}`)
        : [dependency],
    ),
    env: Object.fromEntries(env.map((variable) => [variable, { external: true }])),
  };
}

/** @param {WorkspaceSpec} spec */
function rootScripts(spec) {
  const names = taskNames(spec);
  const all = (/** @type {readonly string[]} */ tasks) =>
    spec.packages.flatMap(({ name, tasks: own }) =>
      tasks.filter((task) => task in own).map((task) => `./packages/${name}:${task}`),
    );
  const groups = [...names.map((name) => [name]), ...(names.length > 1 ? [names] : [])];
  return {
    scripts: Object.fromEntries(groups.map((group) => [group.join('-and-'), 'wireit'])),
    wireit: Object.fromEntries(groups.map((group) => [group.join('-and-'), { dependencies: all(group) }])),
  };
}

/** @param {string} file @param {object} more */
function edit(file, more) {
  writeJson(file, { .../** @type {object} */ (JSON.parse(readFileSync(file, 'utf8'))), ...more });
}
