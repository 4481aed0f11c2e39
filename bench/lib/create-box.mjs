// @ts-check
/** @import { Box, Monorepo, Tool } from './types.d.ts' */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { commitWorkspace } from '../monorepo/commit-workspace.mjs';
import { writeMonorepo } from '../monorepo/write-monorepo.mjs';
import { pinOf } from '../tools/install.mjs';
import { runEnvironment } from './environment.mjs';

/**
 * Generates a tool's own copy of a monorepo, with its configuration, in git.
 * @param {Tool} tool
 * @param {Monorepo} monorepo
 * @param {{ folder: string, binFolder: string, node: string, blobs: string | undefined, moveAside: Box['moveAside'] }} options
 *   `folder` must not exist
 * @returns {Box}
 */
export function createBox(tool, monorepo, { folder, binFolder, node, blobs, moveAside }) {
  const root = join(folder, 'workspace');
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  writeMonorepo(root, monorepo, { pnpmVersion: pinOf('pnpm').version, blobs });
  tool.setUp(root, monorepo);
  const env = { ...runEnvironment({ binFolder, home }), ...tool.env };
  commitWorkspace(root, env);
  let edits = 0;
  return {
    tool,
    monorepo,
    root,
    home,
    env,
    node,
    moveAside,
    edit(directory) {
      edits += 1;
      appendFileSync(join(root, 'packages', directory, 'src', 'f001.ts'), `// edit ${edits}\n`);
    },
  };
}
