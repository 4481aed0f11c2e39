// @ts-check
/** @import { Box, Monorepo, Tool } from '../lib/types.d.ts' */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { editJson, writeJson } from '../lib/json.mjs';
import { installedCommand, linkTool } from './link-tool.mjs';
import { readHits } from './read-hits.mjs';

const program = installedCommand('nx');

/** Runs the packages' scripts, without a daemon. */
export const nx = nxTool('nx', { hasDaemon: false, setUp: writeConfiguration });

/** The same with the daemon that keeps the project graph between runs. */
export const nxDaemon = nxTool('nx-daemon', { hasDaemon: true, setUp: writeConfiguration });

/** Commands in its own configuration: it starts those without a package manager in between. */
export const nxCommands = nxTool('nx-commands', { hasDaemon: false, setUp: moveScriptsIntoTargets });

/** @param {Tool['name']} name @param {{ hasDaemon: boolean, setUp: Tool['setUp'] }} options @returns {Tool} */
function nxTool(name, { hasDaemon, setUp }) {
  const env = { NX_DAEMON: String(hasDaemon), NX_TUI: 'false', NX_NO_CLOUD: 'true' };
  return {
    name,
    pin: 'nx',
    setUp,
    command: () => [program, 'run-many', '-t', 'build'],
    dryCommand: () => [program, 'run-many', '-t', 'build', '--graph=.nx-graph.json'],
    // Its results lie in the home directory, below a name that follows from the history that git has.
    state: ({ root, home }) => [join(root, '.nx'), join(home, '.nx')],
    readHits: (output) => readHits(output, /Cache:\s+(?<hits>\d+)\/(?<total>\d+) hit/),
    env,
    ...(hasDaemon && { stop: stopDaemon }),
  };
}

/** @param {string} root */
function writeConfiguration(root) {
  linkTool(root, 'nx');
  writeJson(join(root, 'nx.json'), {
    analytics: false,
    neverConnectToCloud: true,
    namedInputs: { default: ['{projectRoot}/src/**/*', '{projectRoot}/package.json'], sharedGlobals: [] },
    targetDefaults: {
      build: {
        cache: true,
        dependsOn: ['^build'],
        inputs: ['default', '^default'],
        outputs: ['{projectRoot}/dist'],
      },
    },
  });
}

/** @param {string} root @param {Monorepo} monorepo */
function moveScriptsIntoTargets(root, monorepo) {
  writeConfiguration(root);
  for (const { directory, command } of monorepo.packages) {
    const build = { executor: 'nx:run-commands', options: { command, cwd: '{projectRoot}' } };
    editJson(join(root, 'packages', directory, 'package.json'), (manifest) => ({
      ...manifest,
      scripts: {},
      nx: { targets: { build } },
    }));
  }
}

/** @param {Box} box */
async function stopDaemon({ root, env }) {
  spawnSync(program, ['daemon', '--stop'], { cwd: root, env, stdio: 'ignore' });
}
