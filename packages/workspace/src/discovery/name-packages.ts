import { compareCodeUnits } from '@velocity/core';
import type { ManifestReader } from '../documents/manifest-reader.js';
import { escapeRegExp } from '../documents/text-position.js';
import type { Directory } from '../documents/workspace-path.js';
import type { ParsedManifest } from '../manifests/parsed-manifest.js';
import { ROOT_PACKAGE } from '../package.js';
import type { ManifestsByDirectory } from './find-directories.js';

/** A package whose edges are not known yet. */
export interface NamedPackage {
  readonly name: string;
  readonly directory: Directory;
  readonly manifests: readonly ParsedManifest[];
}

/**
 * Gives every folder its name: that of its first manifest that has one, else its path. Sorted by folder; the root comes first.
 * Of two packages of one name the later is reported and left out.
 */
export function namePackages(reader: ManifestReader, directories: ManifestsByDirectory): readonly NamedPackage[] {
  const byName = new Map<string, NamedPackage>();
  for (const directory of [...directories.keys()].sort(compareCodeUnits)) {
    const manifests = directories.get(directory) ?? [];
    const named = directory === '' ? undefined : manifests.find((manifest) => manifest.name !== undefined);
    const name = named?.name ?? (directory === '' ? ROOT_PACKAGE : directory);
    const candidate: NamedPackage = { name, directory, manifests };
    const other = byName.get(name);
    if (named !== undefined && !isValidName(name)) reportInvalid(reader, named, name);
    else if (other === undefined) byName.set(name, candidate);
    else reportDuplicate(reader, candidate, other);
  }
  return [...byName.values()];
}

/** A name must not be mistaken for the root, nor for a task (`web#build`), nor break a line. */
function isValidName(name: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are what must not be in a name
  return name !== ROOT_PACKAGE && !/[#\s\u0000-\u001f\u007f]/.test(name);
}

function reportInvalid(reader: ManifestReader, { path }: ParsedManifest, name: string): void {
  reader.report('invalid-name', path, `${JSON.stringify(name)} cannot be the name of a package`, {
    at: nameIn(name),
    hint: 'a name has no "#", no white space, and is not "//"',
  });
}

function reportDuplicate(
  reader: ManifestReader,
  { name, directory, manifests }: NamedPackage,
  other: NamedPackage,
): void {
  const file = fileThatNames(name, manifests) ?? directory;
  const otherFile = fileThatNames(name, other.manifests) ?? other.directory;
  reader.report('duplicate-name', file, `two packages are called ${JSON.stringify(name)}: ${otherFile} and ${file}`, {
    at: nameIn(name),
    hint: 'rename one of them, or name one in a velocity.yml of its own',
  });
}

function fileThatNames(name: string, manifests: readonly ParsedManifest[]): string | undefined {
  return (manifests.find((manifest) => manifest.name === name) ?? manifests[0])?.path;
}

/** Matches the value of `name` in JSON, YAML and TOML, and the module line of go.mod. */
function nameIn(name: string): RegExp {
  const text = escapeRegExp(name);
  return new RegExp(`(?:(?:^|[\\s{,])"?name"?\\s*[:=]\\s*["']?|^module\\s+"?)(${text})(?![\\w@/.-])`, 'm');
}
