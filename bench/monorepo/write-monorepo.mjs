// @ts-check
/** @import { Monorepo, PackageSpec } from '../lib/types.d.ts' */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeJson } from '../lib/json.mjs';
import { pnpmFiles } from './pnpm-files.mjs';
import { randomNumbers } from './random.mjs';
import { sourceText } from './source-text.mjs';

const FILES_PER_PACKAGE = 20;
const FILE_BYTES = 4096;
const IGNORED = ['dist', 'node_modules', '.blobs', '.turbo', '.nx', '.wireit', '.moon/cache', '.velocity', '*.log'];

/**
 * Writes a workspace as `pnpm install` leaves it, without any tool's configuration; the same bytes each time.
 * @param {string} root must not exist
 * @param {Monorepo} monorepo
 * @param {{ pnpmVersion: string, blobs: string | undefined }} options `blobs`: what the large packages copy
 */
export function writeMonorepo(root, { packages }, { pnpmVersion, blobs }) {
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  packages.forEach((description, index) => writePackage(join(root, 'packages'), description, index + 1));
  writeJson(join(root, 'package.json'), {
    name: 'bench-root',
    version: '0.0.0',
    private: true,
    // Turbo insists on it.
    packageManager: `pnpm@${pnpmVersion}`,
  });
  for (const [path, text] of Object.entries(pnpmFiles(packages))) writeFileSync(join(root, path), text);
  writeFileSync(join(root, '.gitignore'), `${IGNORED.join('\n')}\n`);
  if (blobs !== undefined) symlinkSync(blobs, join(root, '.blobs'));
}

/** @param {string} parent @param {PackageSpec} description @param {number} number */
function writePackage(parent, { directory, name, command, dependencies }, number) {
  const folder = join(parent, directory);
  mkdirSync(join(folder, 'src'), { recursive: true });
  for (let file = 1; file <= FILES_PER_PACKAGE; file += 1) {
    const base = `f${String(file).padStart(3, '0')}.ts`;
    const text = sourceText(randomNumbers(1, number, file), FILE_BYTES, `// ${name} ${base}\n`);
    writeFileSync(join(folder, 'src', base), text);
  }
  writeJson(join(folder, 'package.json'), {
    name,
    version: '1.0.0',
    private: true,
    scripts: { build: command },
    ...(dependencies.length > 0 && {
      dependencies: Object.fromEntries(dependencies.map((dependency) => [dependency.name, 'workspace:*'])),
    }),
  });
  const links = join(folder, 'node_modules', '@bench');
  if (dependencies.length > 0) mkdirSync(links, { recursive: true });
  for (const dependency of dependencies) {
    symlinkSync(`../../../${dependency.directory}`, join(links, dependency.directory));
  }
}
