// @ts-check
/** @import { Tool } from '../lib/types.d.ts' */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startGateway } from '../remotes/gateway.mjs';
import { installedCommand, linkTool } from './link-tool.mjs';
import { readDryJson, readHits } from './read-hits.mjs';

const CONFIGURATION = `version: 1
cache:
  dir: .velocity/store
pipeline:
  build:
    command: 'npm run build'
    inputs: ['src/**', 'package.json']
    outputs: ['dist/**']
    depends_on: ['^build']
`;

const command = installedCommand('velocity');

/**
 * As npm installs it, from the packed tarball; or a program somewhere, where one is given.
 * @param {string | undefined} program
 * @returns {Tool}
 */
export function velocityTool(program) {
  return {
    name: 'velocity',
    setUp(root) {
      if (program === undefined) linkTool(root, 'velocity');
      else linkProgram(root, program);
      writeFileSync(join(root, 'velocity.yml'), CONFIGURATION);
    },
    command: () => [command, 'run', 'build'],
    dryCommand: () => [command, 'run', 'build', '--dry=json'],
    state: ({ root }) => [join(root, '.velocity')],
    readHits: (output) => readHits(output, /Cache\s+(?<hits>\d+) hit .*? (?<misses>\d+) miss/),
    readDryHits: readDryJson,
    startRemote: startGateway,
  };
}

/** @param {string} root @param {string} program */
function linkProgram(root, program) {
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
  symlinkSync(program, join(root, command));
}
