// @ts-check
/** @import { Adapter, PackageSpec, WorkspaceSpec } from '../lib/types.d.ts' */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { installedVersion } from '../lib/install.mjs';
import { linkTools, programIn } from '../lib/link-tools.mjs';
import { runProcess } from '../lib/process.mjs';
import { readLines } from '../lib/read-lines.mjs';
import { commandOf, tasksOf, writeJson } from '../lib/workspace.mjs';

/** @type {Adapter} */
export const adapter = {
  name: 'moon',
  npm: '@moonrepo/cli',
  version: (tools) => installedVersion(tools, '@moonrepo/cli'),
  setUp(box, spec, tools) {
    linkTools(box, tools);
    mkdirSync(join(box.root, '.moon'), { recursive: true });
    // JSON is YAML.
    writeJson(join(box.root, '.moon', 'workspace.yml'), {
      projects: ['packages/*'],
      vcs: { client: 'git', defaultBranch: 'main' },
      telemetry: false,
      pipeline: { installDependencies: false, syncWorkspace: false, syncProjects: false },
    });
    for (const description of spec.packages) {
      writeJson(join(box.root, 'packages', description.name, 'moon.yml'), project(description, globalFiles(spec)));
    }
  },
  run(box, tasks, { packages = [''], args = [], env, ...control }, tools) {
    const targets = packages.flatMap((name) => tasks.map((task) => `${name}:${task}`));
    const rest = args.length > 0 ? ['--', ...args] : [];
    return runProcess([programIn(tools, 'moon'), 'run', ...targets, ...rest], {
      cwd: box.root,
      env: { ...box.env, MOON_TELEMETRY: 'false', PROTO_OFFLINE: '1', ...env },
      ...control,
    });
  },
  read: ({ stdout, stderr }) =>
    readLines(`${stdout}\n${stderr}`, [
      [/^▮+ (?<package>[\w-]+):(?<task>\w+)/gm, 'miss'],
      [/^▮+ (?<package>[\w-]+):(?<task>\w+) \((?:cached|.*from cache)/gm, 'hit'],
      [/^▮+ (?<package>[\w-]+):(?<task>\w+) \(failed/gm, 'failed'],
    ]),
  stored: ({ root }) => [join(root, '.moon', 'cache', 'outputs')],
  remembered: ({ root }) => ['hashes', 'states'].map((name) => join(root, '.moon', 'cache', name)),
  notApplicable: { P2: 'what reads its lockfile is a plug-in that npm does not have' },
};

/** Its JavaScript toolchain, which reads lockfiles, is a plug-in that npm does not have: the lockfile is an input as a whole. @param {WorkspaceSpec} spec */
function globalFiles({ packages, globalInputs = [] }) {
  const hasExternals = packages.some(({ externals }) => externals !== undefined);
  return [...globalInputs, ...(hasExternals ? ['package-lock.json'] : [])].map((file) => `/${file}`);
}

/** @param {PackageSpec} description @param {readonly string[]} globals */
function project(description, globals) {
  const { name, dependencies = [] } = description;
  const tasks = tasksOf(description).map(([task, config]) => {
    const { inputs = ['src'], outputs = ['dist'], dependsOn = [], env = [], dotenv = [] } = config;
    const variables = env.map((variable) => `$${variable}`);
    const settings = {
      command: commandOf(task, config),
      ...(inputs !== 'default' && { inputs: [...inputs.map((folder) => `${folder}/**/*`), ...variables, ...globals] }),
      outputs,
      ...(dotenv.length > 0 && { options: { envFile: dotenv } }),
      deps: dependsOn.map((dependency) => dependency.replace(/^\^/, '^:')),
    };
    return [task, settings];
  });
  return { id: name, dependsOn: dependencies, tasks: Object.fromEntries(tasks) };
}
