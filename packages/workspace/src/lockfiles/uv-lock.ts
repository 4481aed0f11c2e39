import { parseToml } from '../documents/parse-document.js';
import { asString, tableAt, tablesOf, type Document } from '../documents/shape.js';
import { pythonName } from '../manifests/python-manifest.js';
import type { LockEdge, LockGraph, LockMember, LockNode } from './lock-graph.js';
import { digestOfSource, groupIds } from './lock-values.js';
import { unwrap } from './unwrap.js';

/**
 * uv.lock of version 1. A dependency names a version only where the file holds several of one package; those for all
 * platforms and extras are followed. Packages whose source is a folder are those of the workspace.
 */
export function parseUvLock(text: string): LockGraph | undefined {
  const document = unwrap(parseToml(text));
  if (document['version'] !== 1) return undefined;
  const packages = tablesOf(document['package']);
  const byName = groupIds(packages.map((entry) => [nameOf(entry), idOf(entry)]));
  const edgesIn = (dependencies: unknown): LockEdge[] =>
    tablesOf(dependencies).flatMap((dependency): LockEdge[] => {
      const name = nameOf(dependency);
      const version = asString(dependency['version']);
      const all = byName.get(name) ?? [];
      const found = version === undefined ? all : all.filter((id) => id === `${name}@${version}`);
      return found.length === 0 ? [{ name, to: undefined, range: version ?? '' }] : found.map((to) => ({ name, to }));
    });
  const nodes = new Map<string, LockNode>();
  const members = new Map<string, readonly LockEdge[]>();
  for (const entry of packages) {
    const optional = Object.values(tableAt(entry, 'optional-dependencies')).flatMap(edgesIn);
    const edges = [...edgesIn(entry['dependencies']), ...optional];
    if (!isMember(entry)) {
      nodes.set(idOf(entry), { label: idOf(entry), value: valueOf(entry), edges });
      continue;
    }
    nodes.set(idOf(entry), { value: '', edges });
    members.set(nameOf(entry), [...edges, ...Object.values(tableAt(entry, 'dev-dependencies')).flatMap(edgesIn)]);
  }
  return { nodes, edgesOf: (member) => members.get(projectName(member)) };
}

/** What a lockfile of Python calls a package of the workspace. */
export function projectName(member: LockMember): string {
  return pythonName(member.package.manifests.find(({ kind }) => kind === 'python')?.name ?? '');
}

function isMember(entry: Document): boolean {
  const source = tableAt(entry, 'source');
  return ['editable', 'virtual', 'workspace', 'directory'].some((kind) => source[kind] !== undefined);
}

function valueOf(entry: Document): string {
  const files = [...tablesOf(entry['sdist']), ...tablesOf(entry['wheels'])];
  const hashes = files.flatMap((file) => asString(file['hash']) ?? []).sort();
  return digestOfSource(hashes.length > 0 ? hashes : tableAt(entry, 'source'));
}

function idOf(entry: Document): string {
  return `${nameOf(entry)}@${asString(entry['version']) ?? ''}`;
}

function nameOf(entry: Document): string {
  return pythonName(asString(entry['name']) ?? '');
}
