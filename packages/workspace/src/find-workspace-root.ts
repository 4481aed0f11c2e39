import { dirname, join } from 'node:path';
import { isErrno } from '@velocity/core';
import { disk } from './disk.js';
import { parseJson, parseToml, type ParseResult } from './documents/parse-document.js';
import { asDocument, tableAt, type Document } from './documents/shape.js';
import { npmWorkspaceGlobs } from './manifests/npm-manifest.js';

const CONFIG_FILES = ['velocity.yml', 'velocity.yaml'];

/** What makes a folder the root, most telling first. */
const MARKERS: readonly ((directory: string) => boolean)[] = [
  (directory) => CONFIG_FILES.some((file) => isRootConfig(readText(join(directory, file)))),
  (directory) => isThere(join(directory, 'pnpm-workspace.yaml')),
  (directory) => npmWorkspaceGlobs(documentAt(join(directory, 'package.json'), parseJson)) !== undefined,
  (directory) => asDocument(documentAt(join(directory, 'Cargo.toml'), parseToml)['workspace']) !== undefined,
  (directory) => isThere(join(directory, 'go.work')),
  (directory) =>
    asDocument(tableAt(documentAt(join(directory, 'pyproject.toml'), parseToml), 'tool', 'uv')['workspace']) !==
    undefined,
  (directory) => isThere(join(directory, '.git')),
  (directory) => CONFIG_FILES.some((file) => isThere(join(directory, file))),
];

/**
 * The root of the workspace that `startDirectory` (absolute) is in: its nearest ancestor, or itself, whose velocity.yml has a
 * `version`, which those of single packages have not. Where there is none, the nearest with pnpm-workspace.yaml; then one whose
 * package.json has `workspaces`; then Cargo's `[workspace]`, go.work, uv's workspace, and .git; at last any velocity.yml, which
 * will then be told what it lacks. Undefined when nothing is found.
 */
export function findWorkspaceRoot(startDirectory: string): string | undefined {
  const ancestors = ancestorsOf(startDirectory);
  for (const isRoot of MARKERS) {
    const found = ancestors.find((directory) => isRoot(directory));
    if (found !== undefined) return found;
  }
  return undefined;
}

function ancestorsOf(directory: string): string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...ancestorsOf(parent)];
}

/** By the text: a file with a mistake in it is still the root's, and it is there that the mistake will be reported. JSON is YAML, too. */
function isRootConfig(text: string | undefined): boolean {
  return text !== undefined && /^(?:["']?version["']?|\{?\s*"version")\s*:/m.test(text);
}

function documentAt(path: string, parse: (text: string) => ParseResult): Document {
  const text = readText(path);
  const result = text === undefined ? undefined : parse(text);
  return result?.ok === true ? (asDocument(result.value) ?? {}) : {};
}

function isThere(path: string): boolean {
  try {
    return disk().kindOf(path) !== 'missing';
  } catch (error) {
    // Somebody else's folder above ours.
    if (isErrno(error, 'EACCES', 'EPERM')) return false;
    throw error;
  }
}

function readText(path: string): string | undefined {
  try {
    return disk().readFile(path).toString('utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES')) return undefined;
    throw error;
  }
}
