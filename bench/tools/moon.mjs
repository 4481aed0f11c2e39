// @ts-check
/** @import { Monorepo, PackageSpec, Tool } from '../lib/types.d.ts' */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeJson } from '../lib/json.mjs';
import { installedCommand, linkTool } from './link-tool.mjs';
import { readHits } from './read-hits.mjs';

const program = installedCommand('moon');

/** @type {Tool} */
export const moon = {
  name: 'moon',
  pin: 'moon',
  setUp(root, { packages }) {
    linkTool(root, 'moon');
    mkdirSync(join(root, '.moon'), { recursive: true });
    // JSON is YAML.
    writeJson(join(root, '.moon', 'workspace.yml'), {
      projects: ['packages/*'],
      vcs: { client: 'git', defaultBranch: 'main' },
      telemetry: false,
      pipeline: { installDependencies: false, syncWorkspace: false, syncProjects: false },
    });
    for (const description of packages) {
      writeJson(join(root, 'packages', description.directory, 'moon.yml'), project(description));
    }
  },
  command: () => [program, 'run', ':build'],
  dryCommand: () => [program, 'task-graph', '--json'],
  state: ({ root }) => [join(root, '.moon', 'cache')],
  readHits: (output) => readHits(output, /Tasks: (?<total>\d+) completed(?: \((?<hits>\d+) cached\))?/),
  env: { MOON_TELEMETRY: 'false', PROTO_OFFLINE: '1' },
};

/** @param {PackageSpec} description */
function project({ directory, command, dependencies }) {
  return {
    id: directory,
    dependsOn: dependencies.map((dependency) => dependency.directory),
    tasks: {
      build: { script: command, inputs: ['src/**/*', 'package.json'], outputs: ['dist'], deps: ['^:build'] },
    },
  };
}
