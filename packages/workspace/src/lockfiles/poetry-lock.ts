import { parseToml } from '../documents/parse-document.js';
import { asString, tableAt, tablesOf, type Document } from '../documents/shape.js';
import { pythonName } from '../manifests/python-manifest.js';
import type { LockEdge, LockGraph, LockMember, LockNode } from './lock-graph.js';
import { digestOfSource, groupIds } from './lock-values.js';
import { unwrap } from './unwrap.js';

/** poetry.lock: where it holds several versions of one package, a dependency on it stands for all of them. */
export function parsePoetryLock(text: string): LockGraph | undefined {
  const document = unwrap(parseToml(text));
  const packages = tablesOf(document['package']);
  const byName = groupIds(packages.map((entry) => [nameOf(entry), idOf(entry)]));
  const edgesTo = (names: readonly string[], isRequired: boolean): LockEdge[] =>
    names.flatMap((name): LockEdge[] => {
      const all = byName.get(pythonName(name)) ?? [];
      if (all.length === 0) return isRequired ? [{ name, to: undefined }] : [];
      return all.map((to) => ({ name, to }));
    });
  const nodes = new Map<string, LockNode>();
  for (const entry of packages) {
    const label = idOf(entry);
    // An optional dependency may have been left out of the file.
    nodes.set(label, {
      label,
      value: valueOf(entry, document),
      edges: edgesTo(Object.keys(tableAt(entry, 'dependencies')), false),
    });
  }
  const edgesOf = (member: LockMember): LockEdge[] | undefined => {
    const manifest = member.package.manifests.find(({ kind }) => kind === 'python');
    if (manifest === undefined) return undefined;
    const external = Object.keys(manifest.dependencies).filter((name) =>
      Object.hasOwn(member.package.externalDependencies, name),
    );
    return edgesTo(external, true);
  };
  return { nodes, edgesOf };
}

function valueOf(entry: Document, document: Document): string {
  // Poetry before 1.3 keeps the files of all packages in one table.
  const files = entry['files'] ?? tableAt(document, 'metadata', 'files')[asString(entry['name']) ?? ''];
  const hashes = tablesOf(files)
    .flatMap((file) => asString(file['hash']) ?? [])
    .sort();
  return digestOfSource(hashes.length > 0 ? hashes : tableAt(entry, 'source'));
}

function idOf(entry: Document): string {
  return `${nameOf(entry)}@${asString(entry['version']) ?? ''}`;
}

function nameOf(entry: Document): string {
  return pythonName(asString(entry['name']) ?? '');
}
