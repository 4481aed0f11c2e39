// @ts-check
/** @import { Adapter } from '../lib/types.d.ts' */
import { join } from 'node:path';
import { installedVersion } from '../lib/install.mjs';
import { linkTools, programIn } from '../lib/link-tools.mjs';
import { runProcess } from '../lib/process.mjs';
import { readLines } from '../lib/read-lines.mjs';
import { tasksOf, writeJson } from '../lib/workspace.mjs';

/** @type {Adapter} */
export const adapter = {
  name: 'turbo',
  npm: 'turbo',
  version: (tools) => installedVersion(tools, 'turbo'),
  setUp(box, spec, tools) {
    linkTools(box, tools);
    const tasks = spec.packages.flatMap((description) =>
      tasksOf(description).map(([task, { inputs = ['src'], outputs = ['dist'], dependsOn = [], env = [] }]) => [
        `${description.name}#${task}`,
        {
          ...(inputs !== 'default' && { inputs: inputs.map((folder) => `${folder}/**`) }),
          outputs: outputs.map((folder) => `${folder}/**`),
          dependsOn,
          env,
        },
      ]),
    );
    writeJson(join(box.root, 'turbo.json'), {
      noUpdateNotifier: true,
      globalDependencies: spec.globalInputs ?? [],
      tasks: Object.fromEntries(tasks),
    });
  },
  run(box, tasks, { packages = [], args = [], env, ...control }, tools) {
    const filters = packages.map((name) => `--filter=${name}`);
    const rest = args.length > 0 ? ['--', ...args] : [];
    return runProcess([programIn(tools, 'turbo'), 'run', ...tasks, ...filters, ...rest], {
      cwd: box.root,
      env: { ...box.env, TURBO_TELEMETRY_DISABLED: '1', ...env },
      ...control,
    });
  },
  read: ({ stdout, stderr }) =>
    readLines(`${stdout}\n${stderr}`, [
      [/^(?<package>[\w-]+):(?<task>\w+): cache hit/gm, 'hit'],
      [/^(?<package>[\w-]+):(?<task>\w+): cache (?:miss|bypass)/gm, 'miss'],
      [/^(?<package>[\w-]+)#(?<task>\w+): command .* exited \(/gm, 'failed'],
    ]),
  stored: ({ root }) => [join(root, '.turbo', 'cache')],
  remembered: () => [],
  notApplicable: { E3: 'it loads no such files', E4: 'it loads no such files' },
};
