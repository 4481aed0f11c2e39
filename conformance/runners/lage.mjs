// @ts-check
/** @import { Adapter } from '../lib/types.d.ts' */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedVersion } from '../lib/install.mjs';
import { linkTools, programIn } from '../lib/link-tools.mjs';
import { runProcess } from '../lib/process.mjs';
import { readLines } from '../lib/read-lines.mjs';
import { tasksOf } from '../lib/workspace.mjs';

/** @type {Adapter} */
export const adapter = {
  name: 'lage',
  npm: 'lage',
  version: (tools) => installedVersion(tools, 'lage'),
  setUp(box, spec, tools) {
    linkTools(box, tools);
    const pipeline = spec.packages.flatMap((description) =>
      tasksOf(description).map(([task, { inputs = ['src'], outputs = ['dist'], dependsOn = [] }]) => [
        `${description.name}#${task}`,
        {
          // The command is in no key but through the manifest.
          ...(inputs !== 'default' && { inputs: [...inputs.map((folder) => `${folder}/**/*`), 'package.json'] }),
          outputs: outputs.map((folder) => `${folder}/**/*`),
          dependsOn,
        },
      ]),
    );
    const config = {
      npmClient: 'npm',
      pipeline: Object.fromEntries(pipeline),
      cacheOptions: {
        cacheStorageConfig: { provider: 'local' },
        skipLocalCache: false,
        outputGlob: ['dist/**/*'],
        // What `lage init` writes, and what its guide says of lockfiles.
        environmentGlob: ['package.json', 'package-lock.json', 'lage.config.js', ...(spec.globalInputs ?? [])],
      },
    };
    writeFileSync(join(box.root, 'lage.config.js'), `module.exports = ${JSON.stringify(config, undefined, 2)};\n`);
  },
  run(box, tasks, { packages = [], args = [], env, ...control }, tools) {
    const scopes = packages.flatMap((name) => ['--to', name]);
    return runProcess(
      [programIn(tools, 'lage'), 'run', ...tasks, ...scopes, '--reporter', 'npmLog', '--verbose', ...args],
      {
        cwd: box.root,
        env: { ...box.env, ...env },
        ...control,
      },
    );
  },
  read: ({ stdout, stderr }) =>
    readLines(`${stdout}\n${stderr}`, [
      [/(?<package>[\w-]+) (?<task>\w+) ✓ done/gm, 'miss'],
      [/(?<package>[\w-]+) (?<task>\w+) » skip/gm, 'hit'],
      [/(?<package>[\w-]+) (?<task>\w+) ✖ fail/gm, 'failed'],
    ]),
  stored: ({ root }) => [join(root, 'node_modules', '.cache', 'lage', 'cache')],
  remembered: ({ root }) => [join(root, 'node_modules', '.cache', 'lage', 'file_hashes.manifest')],
  notApplicable: {
    E1: 'variables cannot be declared',
    E2: 'variables cannot be declared',
    E3: 'it loads no such files',
    E4: 'it loads no such files',
  },
};
