// @ts-check
/** @import { Step, Tool, ToolName } from '../lib/types.d.ts' */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { Unusable } from '../measure/requirements.mjs';
import { installPinned, pinOf, toolFolder } from './install.mjs';
import { bundleDigest, installVelocity } from './install-velocity.mjs';

/**
 * Installs all that the steps need and that is not there yet.
 * @param {readonly Step[]} steps
 * @param {{ find: (name: ToolName) => Tool, node: string | undefined, program: string | undefined, say: (line: string) => void }} options
 *   `node`: path of a binary, or a version for which there is a pin
 * @returns {{ versions: Record<string, string>, nodeVersion: string, programs: { node: string, pnpm?: string } }}
 *   `programs` have to be at the front of every run's PATH
 */
export function installAll(steps, { find, node, program, say }) {
  const names = [...new Set(steps.flatMap(({ tools }) => tools))];
  const pins = new Set(names.flatMap((name) => find(name).pin ?? []));
  // Peers start scripts with it.
  if (pins.size > 0) pins.add('pnpm');
  if (steps.some(({ scenario, tools }) => scenario.remote !== undefined && tools.includes('turbo')))
    pins.add('turborepo-remote-cache');
  /** @type {Record<string, string>} */
  const versions = {};
  for (const pin of pins) {
    say(`installing ${pin} ${pinOf(pin).version}, unless it is there`);
    installPinned(pin);
    versions[pin] = pinOf(pin).version;
  }
  if (names.includes('velocity')) {
    versions['velocity'] = program === undefined ? installVelocity() : `local (${bundleDigest(program)})`;
  }
  const nodePath = findNode(node);
  return {
    versions,
    nodeVersion: versionOf(nodePath),
    programs: {
      node: nodePath,
      ...(pins.has('pnpm') && { pnpm: join(toolFolder('pnpm'), 'node_modules/.bin/pnpm') }),
    },
  };
}

/** @param {string | undefined} wanted @returns {string} absolute */
function findNode(wanted) {
  if (wanted === undefined) return process.execPath;
  if (!/^\d+$/.test(wanted)) return resolve(wanted);
  const pin = `node-${wanted}`;
  installPinned(pin);
  return join(toolFolder(pin), 'node_modules/node/bin/node');
}

/** @param {string} node */
function versionOf(node) {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  if (status !== 0) throw new Unusable(`${node} is no Node`);
  return stdout.trim().replace(/^v/, '');
}
