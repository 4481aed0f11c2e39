// @ts-check
/** @import { Adapter, Tools } from './types.d.ts' */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';

const folder = fileURLToPath(new URL('../.runners/', import.meta.url));

/**
 * Installs a runner from npm into the ignored folder, unless it is there.
 * @param {Adapter} adapter
 * @param {{ isUpdated: boolean, wanted: string | undefined, program: string | undefined }} options `isUpdated` takes the newest version
 *   even where there is one, `wanted` exactly this one
 * @returns {Tools}
 */
export function install({ name, npm }, { isUpdated, wanted, program }) {
  const own = program === undefined ? {} : { program };
  if (npm === undefined) return { directory: '', ...own };
  const directory = join(folder, name);
  const tools = { directory, ...own };
  const isThere = existsSync(join(directory, 'node_modules', npm, 'package.json'));
  const isRight = wanted === undefined ? !isUpdated : isThere && installedVersion(tools, npm) === wanted;
  if (!isThere || !isRight) npmInstall(directory, `${npm}@${wanted ?? 'latest'}`);
  return tools;
}

/** npm does not have it, or not all that it needs. */
export class NotInstalled extends Error {}

/** The version that npm has as the newest; undefined when it cannot be asked. @param {string} npm @returns {string | undefined} */
export function newestVersion(npm) {
  const { status, stdout } = spawnSync('npm', ['view', npm, 'version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** @param {string} directory @param {string} specifier */
function npmInstall(directory, specifier) {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{ "private": true }\n');
  const args = ['install', '--no-audit', '--no-fund', '--no-package-lock', specifier];
  const { status, stderr } = spawnSync('npm', args, {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status === 0) return;
  const problem = stderr
    .split('\n')
    .find((line) => /^npm (?:error|ERR!) 404 .*not be found|^npm (?:error|ERR!) (?!code)/.test(line));
  throw new NotInstalled(`npm could not install ${specifier} (${problem ?? `exit code ${status}`})`);
}

/** @param {Tools} tools @param {string} npm @returns {string} */
export function installedVersion({ directory }, npm) {
  const manifest = JSON.parse(readFileSync(join(directory, 'node_modules', npm, 'package.json'), 'utf8'));
  return /** @type {{ version: string }} */ (manifest).version;
}
