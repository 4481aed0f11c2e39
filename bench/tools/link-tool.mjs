// @ts-check
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { toolFolder } from './install.mjs';

/** Makes an installed tool look as if it were a dependency of the workspace. @param {string} root @param {string} name key in `PINS` */
export function linkTool(root, name) {
  const installed = join(toolFolder(name), 'node_modules');
  const own = join(root, 'node_modules');
  mkdirSync(join(own, '.bin'), { recursive: true });
  for (const entry of readdirSync(installed)) {
    if (!entry.startsWith('.')) symlinkSync(join(installed, entry), join(own, entry));
  }
  for (const entry of readdirSync(join(installed, '.bin'))) {
    symlinkSync(join(installed, '.bin', entry), join(own, '.bin', entry));
  }
}

/** The command that npm installs for a tool, as a script of the workspace would call it. @param {string} name */
export function installedCommand(name) {
  return `node_modules/.bin/${name}`;
}
