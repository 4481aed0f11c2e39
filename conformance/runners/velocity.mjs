// @ts-check
/** @import { Adapter, Claim, TaskSpec, Tools } from '../lib/types.d.ts' */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess } from '../lib/process.mjs';
import { readReasonLines } from '../lib/read-lines.mjs';
import { taskNames, tasksOf, writeJson } from '../lib/workspace.mjs';
import { velocityWordings } from './wordings.mjs';

const bundle = fileURLToPath(new URL('../../apps/agent/dist/velocity.js', import.meta.url));

/** What follows the key. */
const MISS_LINE = /^(?<package>[\w-]+):(?<task>\w+)\s+MISS\s+[0-9a-f]+\s+(?<reason>.+)$/gm;

/** @type {Adapter} */
export const adapter = {
  name: 'velocity',
  async version(tools) {
    const program = programOf(tools);
    const { code, stdout, stderr } = await runProcess([process.execPath, program, '--version'], { cwd: '.', env: {} });
    if (code !== 0) throw new Error(`${program} does not run; is it built (node apps/agent/build.mjs)? ${stderr}`);
    return stdout.trim();
  },
  setUp({ root }, spec) {
    const pipeline = Object.fromEntries(taskNames(spec).map((name) => [name, { cache: true }]));
    const overrides = spec.packages.flatMap((description) =>
      tasksOf(description).map(([task, config]) => [`${description.name}#${task}`, settings(config)]),
    );
    // JSON is YAML.
    writeJson(join(root, 'velocity.yml'), {
      version: 1,
      ...(spec.globalInputs !== undefined && { global: { inputs: spec.globalInputs } }),
      pipeline,
      overrides: Object.fromEntries(overrides),
    });
  },
  run(box, tasks, { packages = [], args = [], env, ...control }, tools) {
    const filters = packages.flatMap((name) => ['-F', name]);
    const rest = args.length > 0 ? ['--', ...args] : [];
    return runProcess([process.execPath, programOf(tools), 'run', ...tasks, ...filters, '--summarize', ...rest], {
      cwd: box.root,
      env: { ...box.env, ...env },
      ...control,
    });
  },
  /** The run says on stderr where its summary is, which has turbo's field names. */
  read({ stderr }) {
    const file = /^.*\.velocity\/runs\/.*\.json$/m.exec(stderr)?.[0];
    if (file === undefined) return {};
    /** @type {{ tasks: { taskId: string, cache: { status: string }, outcome: { status: string } }[] }} */
    const { tasks } = JSON.parse(readFileSync(file, 'utf8'));
    return Object.fromEntries(
      tasks.map(({ taskId, cache, outcome }) => [
        taskId,
        outcome.status === 'failed' ? 'failed' : /** @type {Claim} */ (cache.status.toLowerCase()),
      ]),
    );
  },
  readReasons: ({ stdout, stderr }) => readReasonLines(`${stdout}\n${stderr}`, MISS_LINE),
  wordings: velocityWordings,
  stored: ({ home }) => [join(home, '.cache', 'velocity')],
  remembered: ({ root }) => memory(join(root, '.velocity')),
};

/** All that it keeps in a workspace but what it wrote for people to read. @param {string} folder */
function memory(folder) {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter((name) => name !== 'runs' && name !== '.gitignore').map((name) => join(folder, name));
}

/** @param {TaskSpec} config */
function settings({ inputs = ['src'], outputs = ['dist'], dependsOn = [], env = [], dotenv = [] }) {
  return {
    ...(inputs !== 'default' && { inputs: inputs.map((folder) => `${folder}/**`) }),
    outputs: outputs.map((folder) => `${folder}/**`),
    depends_on: dependsOn,
    env,
    dotenv,
  };
}

/** @param {Tools} tools */
function programOf({ program }) {
  return program ?? bundle;
}
