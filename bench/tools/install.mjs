// @ts-check
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';
import { readJson } from '../lib/json.mjs';
import { Unusable } from '../measure/requirements.mjs';
import { PINS } from './pins.mjs';

const toolsFolder = fileURLToPath(new URL('../.tools/', import.meta.url));

/** The folder below `.tools` that something is installed in. @param {string} name */
export function toolFolder(name) {
  return join(toolsFolder, name);
}

/** Installs what a pin says, unless it is there. @param {string} name key in `PINS` */
export function installPinned(name) {
  const { npm, version } = pinOf(name);
  const manifest = join(toolFolder(name), 'node_modules', npm, 'package.json');
  const isThere = existsSync(manifest) && /** @type {{ version: string }} */ (readJson(manifest)).version === version;
  if (!isThere) npmInstall(toolFolder(name), `${npm}@${version}`);
}

/** @param {string} name @returns {{ npm: string, version: string }} */
export function pinOf(name) {
  const pin = PINS[name];
  if (pin === undefined) throw new Error(`there is no pin ${name}`);
  return pin;
}

/** @param {string} folder @param {string} specifier name and version, or a tarball @throws {Unusable} */
export function npmInstall(folder, specifier) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const args = ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error', specifier];
  const { status, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Unusable(`npm could not install ${specifier}:\n${stderr}`);
}
