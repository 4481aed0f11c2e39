// @ts-check
/** @import { Adapter, Box, TaskSpec } from '../lib/types.d.ts' */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedVersion } from '../lib/install.mjs';
import { linkTools, programIn } from '../lib/link-tools.mjs';
import { runProcess } from '../lib/process.mjs';
import { readLines } from '../lib/read-lines.mjs';
import { tasksOf, writeJson } from '../lib/workspace.mjs';

/** @type {Adapter} */
export const adapter = {
  name: 'nx',
  npm: 'nx',
  version: (tools) => installedVersion(tools, 'nx'),
  setUp(box, spec, tools) {
    linkTools(box, tools);
    const globals = (spec.globalInputs ?? []).map((file) => `{workspaceRoot}/${file}`);
    writeJson(join(box.root, 'nx.json'), { analytics: false, neverConnectToCloud: true });
    for (const description of spec.packages) {
      const file = join(box.root, 'packages', description.name, 'package.json');
      const { externals } = description;
      const always = [
        ...globals,
        ...(externals === undefined ? [] : [{ externalDependencies: Object.keys(externals) }]),
      ];
      const targets = tasksOf(description).map(([task, config]) => [task, target(config, always)]);
      const manifest = /** @type {object} */ (JSON.parse(readFileSync(file, 'utf8')));
      writeJson(file, { ...manifest, nx: { targets: Object.fromEntries(targets) } });
    }
  },
  run(box, tasks, { packages = [], args = [], env, ...control }, tools) {
    const projects = packages.length > 0 ? ['-p', packages.join(',')] : [];
    const rest = args.length > 0 ? ['--', ...args] : [];
    return runProcess(
      [programIn(tools, 'nx'), 'run-many', '-t', ...tasks, ...projects, '--outputStyle=static', ...rest],
      {
        cwd: box.root,
        env: { ...environment(box), ...env },
        ...control,
      },
    );
  },
  read: ({ stdout, stderr }) =>
    readLines(`${stdout}\n${stderr}`, [
      [/nx run (?<package>[\w-]+):(?<task>\w+)/gm, 'miss'],
      [/nx run (?<package>[\w-]+):(?<task>\w+)\s+\[(?:local cache|existing outputs match|remote cache)/gm, 'hit'],
      [/✖\s+nx run (?<package>[\w-]+):(?<task>\w+)/gm, 'failed'],
    ]),
  // Where the results go depends on the history that git has.
  stored: ({ root, home }) => [join(home, '.nx'), join(root, '.nx', 'cache')],
  remembered: ({ root }) => [join(root, '.nx', 'workspace-data')],
};

/** @param {TaskSpec} config @param {readonly unknown[]} always inputs of every task of the package */
function target({ inputs = ['src'], outputs = ['dist'], dependsOn = [], env = [] }, always) {
  const files = inputs === 'default' ? ['default'] : inputs.map((folder) => `{projectRoot}/${folder}/**/*`);
  // A key has nothing of a dependency's but what it is told to have.
  const dependencies = dependsOn.length > 0 ? ['^default'] : [];
  return {
    cache: true,
    inputs: [...files, ...always, ...dependencies, ...env.map((name) => ({ env: name }))],
    outputs: outputs.map((folder) => `{projectRoot}/${folder}`),
    dependsOn,
  };
}

/** @param {Box} box */
function environment({ env }) {
  return { ...env, NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true' };
}
