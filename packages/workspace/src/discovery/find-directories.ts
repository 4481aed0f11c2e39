import { errorMessage, isErrno } from '@velocity/core';
import { disk } from '../disk.js';
import type { ManifestReader } from '../documents/manifest-reader.js';
import type { Directory } from '../documents/workspace-path.js';
import { WORKSPACE_FILES } from '../workspace-files.js';
import { MANIFEST_FILES, readManifests } from '../manifests/read-manifests.js';
import type { ParsedManifest } from '../manifests/parsed-manifest.js';
import { declarationsIn, expandDeclaration, pathMembers } from './declared-members.js';
import { expandDirectories } from './expand-directories.js';

/** Where packages are looked for when no manifest declares a workspace. */
const USUAL_GLOBS = ['apps/*', 'libs/*', 'packages/*'];

export type ManifestsByDirectory = ReadonlyMap<Directory, readonly ParsedManifest[]>;

/** The folders that `globs` select and that hold a manifest; the root always. */
export function directoriesOfGlobs(reader: ManifestReader, globs: readonly string[]): ManifestsByDirectory {
  const found = new Map<Directory, readonly ParsedManifest[]>([['', readManifests(reader, '', namesIn(reader, ''))]]);
  for (const [directory, names] of expandDirectories(reader, '', globs)) {
    if (directory === '' || !names.some((name) => Object.hasOwn(MANIFEST_FILES, name))) continue;
    found.set(directory, readManifests(reader, directory, names));
  }
  return found;
}

/** The folders that the manifests of all ecosystems declare, from the root on; the root always. */
export function declaredDirectories(reader: ManifestReader): ManifestsByDirectory {
  const found = new Map<Directory, readonly ParsedManifest[]>();
  const queue: (readonly [Directory, readonly string[]])[] = [['', namesIn(reader, '')]];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [directory, names] = next;
    if (found.has(directory)) continue;
    const manifests = readManifests(reader, directory, names);
    found.set(directory, manifests);
    const declarations = declarationsIn(reader, directory, manifests, names);
    for (const declaration of declarations) queue.push(...expandDeclaration(reader, declaration));
    if (directory === '' && declarations.length === 0) return directoriesOfGlobs(reader, USUAL_GLOBS);
    for (const member of pathMembers(manifests)) {
      if (!found.has(member)) queue.push(...withManifest(reader, member, manifests));
    }
  }
  return found;
}

/** A folder that a path leads to is a package when it has a manifest of the same ecosystem. */
function withManifest(
  reader: ManifestReader,
  directory: Directory,
  manifests: readonly ParsedManifest[],
): (readonly [Directory, readonly string[]])[] {
  const names = namesIn(reader, directory);
  const kinds = new Set(manifests.map((manifest) => manifest.kind));
  const isMember = Object.entries(MANIFEST_FILES).some(([file, kind]) => kinds.has(kind) && names.includes(file));
  return isMember ? [[directory, names]] : [];
}

function namesIn(reader: ManifestReader, directory: Directory): readonly string[] {
  try {
    return disk()
      .readDirectory(directory === '' ? reader.root : `${reader.root}/${directory}`, WORKSPACE_FILES)
      .map(({ name }) => name);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    const message = `cannot read the folder: ${errorMessage(error)}`;
    reader.problems.push({ kind: 'unreadable', message, file: directory === '' ? '.' : directory });
    return [];
  }
}
