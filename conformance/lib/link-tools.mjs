// @ts-check
/** @import { Box, Tools } from './types.d.ts' */
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Makes an installed runner look as if it were a dependency of the workspace. @param {Box} box @param {Tools} tools */
export function linkTools({ root }, { directory }) {
  const installed = join(directory, 'node_modules');
  const own = join(root, 'node_modules');
  for (const name of readdirSync(installed)) {
    if (name === '.bin') linkAll(join(installed, name), join(own, name));
    else if (!name.startsWith('.')) link(join(installed, name), join(own, name));
  }
}

/** The program of an installed package. @param {Tools} tools @param {string} name */
export function programIn({ directory, program }, name) {
  return program ?? join(directory, 'node_modules', '.bin', name);
}

/** @param {string} from @param {string} to */
function linkAll(from, to) {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) link(join(from, name), join(to, name));
}

/** @param {string} from @param {string} to */
function link(from, to) {
  if (!existsSync(to)) symlinkSync(from, to, 'junction');
}
