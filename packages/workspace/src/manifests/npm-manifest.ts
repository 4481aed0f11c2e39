import { asDocument, asString, stringEntries, stringsOf, type Document } from '../documents/shape.js';
import { resolveDirectory, type Directory } from '../documents/workspace-path.js';
import type { DeclaredDependency, ManifestContent } from './parsed-manifest.js';

/** The tables of package.json that name packages; of two entries for one name the first counts. */
export const NPM_DEPENDENCY_FIELDS = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
] as const;

export function parseNpmManifest(document: Document, directory: Directory): ManifestContent {
  const declared = new Map<string, DeclaredDependency>();
  for (const field of NPM_DEPENDENCY_FIELDS) {
    for (const [name, range] of stringEntries(document[field])) {
      const known = declared.get(name);
      // A peer range says what fits; the same name in another table says where it comes from.
      if (known === undefined) declared.set(name, parseNpmDependency(name, range, directory));
    }
  }
  return {
    name: asString(document['name']),
    declared: [...declared.values()],
    languages: ['javascript'],
    scripts: Object.fromEntries(stringEntries(document['scripts'])),
    packageJson: document,
  };
}

/** The globs of `workspaces`: a list, or a table with `packages`; undefined where there is none. */
export function npmWorkspaceGlobs(document: Document): readonly string[] | undefined {
  const workspaces = document['workspaces'];
  if (Array.isArray(workspaces)) return stringsOf(workspaces);
  const packages = asDocument(workspaces)?.['packages'];
  return packages === undefined ? undefined : stringsOf(packages);
}

function parseNpmDependency(name: string, range: string, directory: Directory): DeclaredDependency {
  const common = { name, range, isRequired: false };
  const [, protocol, rest = ''] = /^(workspace|file|link|portal|npm):(.*)$/s.exec(range) ?? [];
  if (protocol === 'workspace') {
    if (/^\.{0,2}\//.test(rest)) return { ...common, target: byDirectory(directory, rest), isRequired: true };
    return { ...common, target: { by: 'name', name: aliasOf(rest) ?? name }, isRequired: true };
  }
  if (protocol === 'npm') return { ...common, target: { by: 'name', name: aliasOf(rest) ?? name } };
  if (protocol !== undefined) return { ...common, target: byDirectory(directory, rest) };
  if (/^\.{0,2}\//.test(range)) return { ...common, target: byDirectory(directory, range) };
  return { ...common, target: isRemote(range) ? { by: 'nothing' } : { by: 'name', name } };
}

/** `@acme/ui` of `@acme/ui@^1.0.0`; a bare range has none. A bare scoped name counts, as npm takes it. */
function aliasOf(text: string): string | undefined {
  const [, name, version] = /^(@?[^@]+)(?:@(.*))?$/s.exec(text) ?? [];
  if (name === undefined || (version === undefined && !text.startsWith('@'))) return undefined;
  return name;
}

function byDirectory(directory: Directory, path: string): DeclaredDependency['target'] {
  return { by: 'directory', directory: resolveDirectory(directory, path) };
}

/** URLs, `github:acme/ui` and `acme/ui`; but not `catalog:` nor a range. */
function isRemote(range: string): boolean {
  return (
    /^(?:git|github|gitlab|bitbucket|gist|https?|ssh|git\+[a-z]+):/.test(range) ||
    /^[\w.-]+\/[\w.-]+(?:#.*)?$/.test(range)
  );
}
