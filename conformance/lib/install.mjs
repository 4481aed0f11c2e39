// @ts-check
/** @import { Adapter, Tools } from './types.d.ts' */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';

const folder = fileURLToPath(new URL('../.runners/', import.meta.url));

/**
 * Installs a runner from npm into the ignored folder, unless it is there. `isUpdated` takes the newest version anyway.
 * @param {Adapter} adapter
 * @param {{ isUpdated: boolean, program: string | undefined }} options
 * @returns {Tools}
 */
export function install({ name, npm }, { isUpdated, program }) {
  const own = program === undefined ? {} : { program };
  if (npm === undefined) return { directory: '', ...own };
  const directory = join(folder, name);
  if (isUpdated || !existsSync(join(directory, 'node_modules', npm, 'package.json'))) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'package.json'), '{ "private": true }\n');
    const args = ['install', '--no-audit', '--no-fund', '--no-package-lock', `${npm}@latest`];
    const { status, stderr } = spawnSync('npm', args, {
      cwd: directory,
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (status !== 0) throw new Error(`npm could not install ${npm}: ${stderr}`);
  }
  return { directory, ...own };
}

/** @param {Tools} tools @param {string} npm @returns {string} */
export function installedVersion({ directory }, npm) {
  const manifest = JSON.parse(readFileSync(join(directory, 'node_modules', npm, 'package.json'), 'utf8'));
  return /** @type {{ version: string }} */ (manifest).version;
}
