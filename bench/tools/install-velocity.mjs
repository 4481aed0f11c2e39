// @ts-check
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJson } from '../lib/json.mjs';
import { Unusable } from '../measure/requirements.mjs';
import { npmInstall, toolFolder } from './install.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const agent = join(root, 'apps/agent');

/**
 * Installs the agent as a user gets it: packed, then with npm. Only where the bundle is another one than last time.
 * @returns {string} its version and the beginning of the bundle's digest
 */
export function installVelocity() {
  const manifest = /** @type {{ version: string }} */ (readJson(join(agent, 'package.json')));
  const version = `${manifest.version} (${bundleDigest(join(agent, 'dist/velocity.js'))})`;
  const folder = toolFolder('velocity');
  const mark = join(folder, 'installed.txt');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === version) return version;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(toolFolder('.'), { recursive: true });
  const tarballs = mkdtempSync(toolFolder('packed-'));
  try {
    npmInstall(folder, packAgent(tarballs));
  } finally {
    rmSync(tarballs, { recursive: true, force: true });
  }
  writeFileSync(mark, version);
  return version;
}

/** What tells one bundle from another. @param {string} program @throws {Unusable} */
export function bundleDigest(program) {
  if (!existsSync(program)) throw new Unusable(`${program} is missing: run \`npm run setup\` first`);
  const digest = createHash('sha256');
  const entries = readdirSync(dirname(program), { recursive: true, withFileTypes: true });
  // What Node makes of a program's code on its first run stands beside it, and differs from Node to Node.
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.cache'))
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.toSorted()) digest.update(readFileSync(file));
  return digest.digest('hex').slice(0, 12);
}

/** @param {string} destination @returns {string} the tarball */
function packAgent(destination) {
  const script = join(root, 'packages/tooling/bin/pack.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, destination], {
    cwd: root,
    encoding: 'utf8',
  });
  const tarball = readdirSync(destination).find((name) => /^velocity-cache-\d/.test(name));
  if (status !== 0 || tarball === undefined) throw new Unusable(`the agent could not be packed:\n${stdout}${stderr}`);
  return join(destination, tarball);
}
