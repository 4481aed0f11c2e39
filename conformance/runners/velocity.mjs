// @ts-check
/** @import { Adapter, Claim, Tools } from '../lib/types.d.ts' */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess } from '../lib/process.mjs';
import { taskNames, tasksOf, writeJson } from '../lib/workspace.mjs';

const bundle = fileURLToPath(new URL('../../apps/agent/dist/velocity.js', import.meta.url));

/** @type {Adapter} */
export const adapter = {
  name: 'velocity',
  async version(tools) {
    const { stdout } = await runProcess([process.execPath, programOf(tools), '--version'], { cwd: '.', env: {} });
    return stdout.trim();
  },
  setUp({ root }, spec) {
    const pipeline = Object.fromEntries(taskNames(spec).map((name) => [name, { cache: true }]));
    const overrides = spec.packages.flatMap((description) =>
      tasksOf(description).map(([task, { inputs = ['src'], outputs = ['dist'], dependsOn = [], env = [] }]) => [
        `${description.name}#${task}`,
        {
          ...(inputs !== 'default' && { inputs: inputs.map((folder) => `${folder}/**`) }),
          outputs: outputs.map((folder) => `${folder}/**`),
          depends_on: dependsOn,
          env,
        },
      ]),
    );
    // JSON is YAML.
    writeJson(join(root, 'velocity.yml'), { version: 1, pipeline, overrides: Object.fromEntries(overrides) });
  },
  run(box, tasks, { packages = [], args = [], env, onStart, uid }, tools) {
    const filters = packages.flatMap((name) => ['-F', name]);
    const rest = args.length > 0 ? ['--', ...args] : [];
    return runProcess([process.execPath, programOf(tools), 'run', ...tasks, ...filters, '--summarize', ...rest], {
      cwd: box.root,
      env: { ...box.env, ...env },
      onStart,
      uid,
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
  stored: ({ home }) => [join(home, '.cache', 'velocity')],
  remembered: ({ root }) => [join(root, '.velocity')],
};

/** @param {Tools} tools */
function programOf({ program }) {
  return program ?? bundle;
}
