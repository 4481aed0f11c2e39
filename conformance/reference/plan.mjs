// @ts-check
/** @import { WorkspaceSpec } from '../lib/types.d.ts' */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{ id: string, directory: string, command: string[], inputs: readonly string[], outputs: readonly string[], env: readonly string[], dotenv: readonly string[], globals: readonly string[], packages: Readonly<Record<string, string>>, otherPackages: Readonly<Record<string, string>>, dependencies: string[], args: readonly string[] }} PlannedTask */

/** The tasks that were asked for and all that they need, dependencies first. @param {string} root @param {import('./main.mjs').Request} request @returns {PlannedTask[]} */
export function planTasks(root, { tasks, packages, args = [] }) {
  const spec = /** @type {WorkspaceSpec} */ (JSON.parse(readFileSync(join(root, 'reference.json'), 'utf8')));
  /** @type {Map<string, PlannedTask>} */
  const planned = new Map();
  /** @param {string} name @param {string} task @param {boolean} isNamed */
  const add = (name, task, isNamed) => {
    const description = spec.packages.find((candidate) => candidate.name === name);
    const config = description?.tasks[task];
    if (description === undefined || config === undefined || planned.has(`${name}#${task}`)) return;
    const dependencies = (config.dependsOn ?? []).flatMap((dependency) =>
      dependency.startsWith('^')
        ? (description.dependencies ?? []).map((other) => [other, dependency.slice(1)])
        : [[name, dependency]],
    );
    for (const [other = '', otherTask = ''] of dependencies) add(other, otherTask, false);
    const { inputs = ['src'], outputs = ['dist'], env = [], dotenv = [], command = `node ${task}.mjs` } = config;
    planned.set(`${name}#${task}`, {
      id: `${name}#${task}`,
      directory: join('packages', name),
      command: command.split(' ').slice(1),
      inputs: inputs === 'default' ? ['.'] : inputs,
      outputs,
      env,
      dotenv,
      globals: spec.globalInputs ?? [],
      packages: description.externals ?? {},
      otherPackages: Object.assign({}, ...spec.packages.map(({ externals }) => externals)),
      dependencies: dependencies.map((pair) => pair.join('#')),
      args: isNamed ? args : [],
    });
  };
  for (const task of tasks)
    for (const { name } of spec.packages) if (packages?.includes(name) ?? true) add(name, task, true);
  return [...planned.values()];
}

/** Pairs of tasks that own the same folder. @param {PlannedTask[]} tasks @returns {[one: string, other: string, folder: string][]} */
export function overlaps(tasks) {
  return tasks.flatMap((one, index) =>
    tasks.slice(index + 1).flatMap((other) => {
      const folder = one.directory === other.directory && one.outputs.find((path) => other.outputs.includes(path));
      return typeof folder === 'string' ? [/** @type {[string, string, string]} */ ([one.id, other.id, folder])] : [];
    }),
  );
}
