// @ts-check
/** @import { Adapter, PackageSpec } from '../lib/types.d.ts' */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedVersion } from '../lib/install.mjs';
import { linkTools, programIn } from '../lib/link-tools.mjs';
import { runProcess } from '../lib/process.mjs';
import { commandOf, tasksOf, writeJson } from '../lib/workspace.mjs';

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
      // A task may not have the name of a script.
      const manifest = /** @type {object} */ (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
      writeJson(join(folder, 'package.json'), { ...manifest, scripts: {} });
    }
  },
  async run(box, tasks, { packages = [], args = [], env, onStart, uid }, tools) {
    const which = packages.length > 0 ? packages.map((name) => `--filter=${name}`) : ['-r'];
    /** @type {import('../lib/types.d.ts').ProcessResult | undefined} */
    let result;
    // One task at a time is all it takes.
    for (const task of tasks) {
      const next = await runProcess([programIn(tools, 'vp'), 'run', ...which, task, ...args], {
        cwd: box.root,
        env: { ...box.env, ...env },
        onStart,
        uid,
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
  read: () => ({}),
  stored: ({ root }) => [join(root, 'node_modules', '.vite', 'task-cache')],
};

/** @param {PackageSpec} description */
function configOf(description) {
  return Object.fromEntries(
    tasksOf(description).map(([task, { dependsOn = [], env = [] }]) => [
      task,
      {
        command: commandOf(task),
        cache: { env },
        dependsOn: dependsOn.map((dependency) =>
          dependency.startsWith('^') ? { task: dependency.slice(1), from: 'dependencies' } : dependency,
        ),
      },
    ]),
  );
}
