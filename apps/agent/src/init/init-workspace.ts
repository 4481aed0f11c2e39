import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compareCodeUnits, isErrno } from '@velocity/core';
import { discoverPackages, ROOT_PACKAGE, type Package } from '@velocity/workspace';
import type { Draft } from './draft.js';
import { readJson, readText, readToml, tableAt } from './source-files.js';

/** The packages that the new file is about. */
export interface InitWorkspace {
  readonly root: string;
  readonly packages: readonly Package[];
  /** True where the root is the only package. */
  readonly isSingle: boolean;
  /** Globs that the new file has to list, because no manifest declares all the packages. */
  readonly globs?: readonly string[];
}

const SKIPPED = /^(\..*|node_modules|target|dist|build|out|coverage|vendor|venv|tests?|fixtures|examples?)$/;
const USUAL_PARENTS = new Set(['apps', 'libs', 'packages', 'crates', 'services', 'tools']);

/** Finds the packages that the manifests declare, and those that stand beside them up to two folders deep. */
export function openInitWorkspace(root: string, draft: Draft): InitWorkspace {
  const declared = discoverPackages({ root });
  const known = new Set<string>(declared.packages.map(({ directory }) => directory));
  const wanted = undeclaredManifests(root, known);
  const globs = wanted.length === 0 ? undefined : globsFor(root, [...known, ...wanted]);
  const { packages, problems } = globs === undefined ? declared : discoverPackages({ root, packages: globs });
  for (const { file, message } of problems) draft.notes.push(`${file}: ${message}`);
  return { root, packages, isSingle: packages.length === 1, ...(globs !== undefined && { globs }) };
}

/** The name that a task of the root goes by where there are other packages. */
export function isRoot({ name }: Package): boolean {
  return name === ROOT_PACKAGE;
}

/** Folders with a manifest of a language whose workspace, if it has one, does not decide about them. */
function undeclaredManifests(root: string, known: ReadonlySet<string>): readonly string[] {
  const manifests = [
    ...(hasNpmWorkspace(root) ? [] : ['package.json']),
    ...('workspace' in (readToml(root, 'Cargo.toml') ?? {}) ? [] : ['Cargo.toml']),
    ...(readText(root, 'go.work') === undefined ? ['go.mod'] : []),
    ...('workspace' in tableAt(readToml(root, 'pyproject.toml') ?? {}, 'tool', 'uv') ? [] : ['pyproject.toml']),
    'polykit.toml',
    'velocity.yml',
    'velocity.yaml',
  ];
  const first = subfolders(root, '');
  const folders = [...first, ...first.flatMap((folder) => subfolders(root, folder))];
  return folders.filter((folder) => {
    const isInsideKnown = [...known].some((path) => path !== '' && `${folder}/`.startsWith(`${path}/`));
    return !isInsideKnown && namesIn(root, folder).some((name) => manifests.includes(name));
  });
}

function hasNpmWorkspace(root: string): boolean {
  if (readText(root, 'pnpm-workspace.yaml') !== undefined) return true;
  return (readJson(root, 'package.json') ?? {})['workspaces'] !== undefined;
}

/** As few globs as select exactly these folders: `apps/*` where all of its folders with a manifest are meant. */
function globsFor(root: string, directories: readonly string[]): readonly string[] {
  const wanted = directories.filter((directory) => directory !== '').sort(compareCodeUnits);
  const short = wanted.map((directory) => {
    const [parent = '', ...rest] = directory.split('/');
    return rest.length === 1 && USUAL_PARENTS.has(parent) ? `${parent}/*` : directory;
  });
  const globs = [...new Set(short)];
  const found = discoverPackages({ root, packages: globs }).packages.map(({ directory }) => directory);
  const isExact =
    found.length === wanted.length + 1 && wanted.every((directory) => found.some((path) => path === directory));
  return isExact ? globs : wanted;
}

function subfolders(root: string, folder: string): readonly string[] {
  const names = namesIn(root, folder, true).filter((name) => !SKIPPED.test(name));
  return names.map((name) => (folder === '' ? name : `${folder}/${name}`)).sort(compareCodeUnits);
}

/** Names of what stands in a folder; of its folders only. A folder that cannot be read holds nothing for us. */
export function namesIn(root: string, folder: string, foldersOnly = false): readonly string[] {
  try {
    const entries = readdirSync(join(root, folder), { withFileTypes: true });
    return entries.filter((entry) => !foldersOnly || entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM')) return [];
    throw error;
  }
}
