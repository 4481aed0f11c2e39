// @ts-check
/** @import { Box, PackageSpec, TaskSpec, WorkspaceSpec } from './types.d.ts' */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeTree } from './tree.mjs';

const IGNORED = [
  'node_modules',
  'dist',
  '.env',
  '.turbo',
  '.nx',
  '.wireit',
  '.moon/cache',
  '.velocity',
  '.reference',
  '*.log',
];

/** Writes the packages as `npm install` would leave them: manifests, lockfile, links between packages. @param {Box} box @param {WorkspaceSpec} spec */
export function writeWorkspace({ root }, spec) {
  writeJson(join(root, 'package.json'), {
    name: 'workspace',
    version: '1.0.0',
    private: true,
    packageManager: 'npm@10.8.2',
    workspaces: ['packages/*'],
  });
  writeJson(join(root, 'package-lock.json'), lockfile(spec));
  writeFileSync(join(root, '.gitignore'), `${IGNORED.join('\n')}\n`);
  mkdirSync(join(root, 'node_modules', '.bin'), { recursive: true });
  for (const description of spec.packages) writePackage(root, description);
  writeTree(root, spec.files ?? {});
}

/** Makes the first commit; many runners ask git which files there are. @param {Box} box @param {WorkspaceSpec} spec */
export function commitWorkspace(box, { tracked = [] }) {
  git(box, 'init', '-q');
  git(box, 'add', '-A');
  if (tracked.length > 0) git(box, 'add', '-f', ...tracked);
  git(box, 'commit', '-q', '-m', 'first');
}

/** @param {Box} box @param {string[]} args */
export function git({ root, env }, ...args) {
  execFileSync('git', args, { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** @param {PackageSpec} description @returns {[name: string, task: TaskSpec][]} */
export function tasksOf({ tasks }) {
  return Object.entries(tasks);
}

/** Every name of a task in the workspace, once. @param {WorkspaceSpec} spec */
export function taskNames({ packages }) {
  return [...new Set(packages.flatMap(({ tasks }) => Object.keys(tasks)))];
}

/** The command of a task, in its package's folder. @param {string} name @param {TaskSpec} task */
export function commandOf(name, { command = `node ${name}.mjs` }) {
  return command;
}

/** @param {string} file @param {unknown} value */
export function writeJson(file, value) {
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** @param {string} root @param {PackageSpec} description */
function writePackage(root, description) {
  const { name, files = {} } = description;
  const folder = join(root, 'packages', name);
  mkdirSync(folder, { recursive: true });
  writeJson(join(folder, 'package.json'), manifest(description));
  for (const [task, { script }] of tasksOf(description)) {
    writeFileSync(join(folder, `${task}.mjs`), taskModule(`${name}#${task}`, script));
  }
  writeTree(folder, files);
  const link = join(root, 'node_modules', name);
  if (!existsSync(link)) symlinkSync(join('..', 'packages', name), link, 'junction');
  for (const [external, version] of Object.entries(description.externals ?? {})) {
    writeTree(join(root, 'node_modules', external), {
      'package.json': JSON.stringify({ name: external, version, main: 'index.js' }),
      'index.js': `module.exports = ${JSON.stringify(version)};\n`,
    });
  }
}

/** @param {PackageSpec} description */
function manifest(description) {
  return {
    name: description.name,
    version: '1.0.0',
    private: true,
    scripts: Object.fromEntries(tasksOf(description).map(([name, task]) => [name, commandOf(name, task)])),
    ...dependenciesOf(description),
  };
}

/** @param {PackageSpec} description */
function dependenciesOf({ dependencies = [], externals = {} }) {
  const ranges = Object.keys(externals).map((name) => [name, '^1.0.0']);
  const all = { ...versions(dependencies), ...Object.fromEntries(ranges) };
  return Object.keys(all).length > 0 ? { dependencies: all } : {};
}

/** @param {readonly string[]} names */
function versions(names) {
  return Object.fromEntries(names.map((name) => [name, '1.0.0']));
}

/** @param {WorkspaceSpec} spec */
function lockfile({ packages }) {
  /** @type {Record<string, unknown>} */
  const entries = { '': { name: 'workspace', version: '1.0.0', workspaces: ['packages/*'] } };
  for (const description of packages) {
    const { name, externals = {} } = description;
    entries[`node_modules/${name}`] = { resolved: `packages/${name}`, link: true };
    entries[`packages/${name}`] = { version: '1.0.0', ...dependenciesOf(description) };
    for (const [external, version] of Object.entries(externals)) {
      const resolved = `https://registry.npmjs.org/${external}/-/${external}-${version}.tgz`;
      const integrity = `sha512-${createHash('sha512').update(`${external} ${version}`).digest('base64')}`;
      entries[`node_modules/${external}`] = { version, resolved, integrity };
    }
  }
  return { name: 'workspace', version: '1.0.0', lockfileVersion: 3, requires: true, packages: entries };
}

/** @param {string} id @param {string} script */
function taskModule(id, script) {
  return `import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { begin, copy, hold, isSet, leaveWriter, makeSocket, readFiles, tell, writeFiles } from '../../../control/task-kit.mjs';

begin('${id}');
${script}
`;
}
