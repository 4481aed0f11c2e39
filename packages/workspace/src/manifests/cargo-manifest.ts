import { asDocument, asString, stringsOf, tableAt, type Document } from '../documents/shape.js';
import { resolveDirectory, type Directory } from '../documents/workspace-path.js';
import type { DeclaredDependency, ManifestContent, MemberDeclaration } from './parsed-manifest.js';

/** The Cargo.toml that holds `[workspace]`. */
export interface CargoWorkspace {
  readonly directory: Directory;
  readonly document: Document;
}

const DEPENDENCY_TABLES = ['dependencies', 'dev-dependencies', 'build-dependencies'];

/** @see https://doc.rust-lang.org/cargo/reference/workspaces.html */
export function parseCargoManifest(
  document: Document,
  directory: Directory,
  workspace: CargoWorkspace | undefined,
): ManifestContent {
  const tables = [document, ...Object.values(tableAt(document, 'target')).map((target) => asDocument(target) ?? {})];
  const declared = tables
    .flatMap((table) => DEPENDENCY_TABLES.map((field) => tableAt(table, field)))
    .flatMap((dependencies) => Object.entries(dependencies))
    .map(([key, value]) => parseCargoDependency(key, value, directory, workspace));
  return { name: asString(tableAt(document, 'package')['name']), declared, languages: ['rust'] };
}

/** `[workspace] members` without `exclude`; undefined for a Cargo.toml that is not the root of a workspace. */
export function cargoMembers(document: Document, directory: Directory, file: string): MemberDeclaration | undefined {
  const workspace = asDocument(document['workspace']);
  if (workspace === undefined) return undefined;
  const exclude = stringsOf(workspace['exclude']).flatMap((path) => [`!${path}`, `!${path}/**`]);
  const globs = [...stringsOf(workspace['members']), ...exclude];
  return { file, directory, globs, manifests: ['Cargo.toml'], isStrict: true };
}

/** Folders that path dependencies lead to: Cargo makes members of those that lie below the workspace. */
export function cargoPathMembers(content: Pick<ManifestContent, 'declared'>): Directory[] {
  return (content.declared ?? []).flatMap(({ target }) =>
    target.by === 'directory' && target.directory !== undefined ? [target.directory] : [],
  );
}

function parseCargoDependency(
  key: string,
  value: unknown,
  directory: Directory,
  workspace: CargoWorkspace | undefined,
): DeclaredDependency {
  const own = asDocument(value);
  if (own?.['workspace'] === true && workspace !== undefined) {
    const shared = tableAt(workspace.document, 'workspace', 'dependencies')[key];
    return parseCargoDependency(key, withoutWorkspaceKey(shared), workspace.directory, workspace);
  }
  const name = asString(own?.['package']) ?? key;
  const path = asString(own?.['path']) ?? patchedPath(name, workspace);
  const base = own?.['path'] === undefined ? (workspace?.directory ?? '') : directory;
  const range = rangeOf(value);
  if (path === undefined) return { name, range, target: { by: 'nothing' }, isRequired: false };
  return { name, range, target: { by: 'directory', directory: resolveDirectory(base, path) }, isRequired: false };
}

/** `[patch.crates-io]` of the workspace puts a folder in the place of a published crate. */
function patchedPath(name: string, workspace: CargoWorkspace | undefined): string | undefined {
  return asString(tableAt(workspace?.document, 'patch', 'crates-io', name)['path']);
}

function rangeOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const table = asDocument(value) ?? {};
  const git = asString(table['git']);
  const revision = ['rev', 'tag', 'branch'].map((field) => asString(table[field])).find((text) => text !== undefined);
  if (git !== undefined) return revision === undefined ? git : `${git}#${revision}`;
  const path = asString(table['path']);
  return asString(table['version']) ?? (path === undefined ? '*' : `path:${path}`);
}

/** `[workspace.dependencies]` cannot inherit; a table that says so would never end. */
function withoutWorkspaceKey(value: unknown): unknown {
  const table = asDocument(value);
  return table === undefined ? value : Object.fromEntries(Object.entries(table).filter(([key]) => key !== 'workspace'));
}
