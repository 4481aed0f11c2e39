// @ts-check
/** @import { Box, Monorepo, Tool } from '../lib/types.d.ts' */
import { join } from 'node:path';
import { writeJson } from '../lib/json.mjs';
import { startTurborepoRemoteCache } from '../remotes/turborepo-remote-cache.mjs';
import { toolFolder } from './install.mjs';
import { installedCommand, linkTool } from './link-tool.mjs';
import { readDryJson, readHits } from './read-hits.mjs';

const native = join(
  toolFolder('turbo'),
  `node_modules/@turbo/linux-${process.arch === 'x64' ? '64' : 'arm64'}/bin/turbo`,
);

/** As npm installs it: a script for Node that starts the native binary. */
export const turbo = turboTool('turbo', installedCommand('turbo'));

/** The native binary alone. */
export const turboBinary = turboTool('turbo-bin', native);

/** @param {'turbo' | 'turbo-bin'} name @param {string} program @returns {Tool} */
function turboTool(name, program) {
  return {
    name,
    pin: 'turbo',
    setUp(root) {
      linkTool(root, 'turbo');
      writeJson(join(root, 'turbo.json'), {
        noUpdateNotifier: true,
        tasks: { build: { dependsOn: ['^build'], inputs: ['src/**', 'package.json'], outputs: ['dist/**'] } },
      });
    },
    command: () => [program, 'run', 'build'],
    dryCommand: () => [program, 'run', 'build', '--dry=json'],
    state: ({ root, monorepo }) => [
      join(root, '.turbo'),
      ...monorepo.packages.map(({ directory }) => join(root, 'packages', directory, '.turbo')),
    ],
    readHits: (output) => readHits(output, /Cached:\s+(?<hits>\d+) cached, (?<total>\d+) total/),
    readDryHits: readDryJson,
    env: { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
    ...(name === 'turbo' && { startRemote: (_kind, place) => startTurborepoRemoteCache(place) }),
  };
}
