import { parseToml } from '../documents/parse-document.js';
import { asString, stringsOf, tablesOf, type Document } from '../documents/shape.js';
import type { LockEdge, LockGraph, LockNode } from './lock-graph.js';
import { digestOfSource, groupIds } from './lock-values.js';
import { unwrap } from './unwrap.js';

/**
 * Cargo.lock. A dependency is written `name`, `name version` or `name version (source)`, as much as tells it from others.
 * Packages without a source are those of the workspace; the file does not tell their dev-dependencies from the rest.
 */
export function parseCargoLock(text: string): LockGraph | undefined {
  const list = unwrap(parseToml(text))['package'];
  if (!Array.isArray(list)) return undefined;
  const packages = tablesOf(list);
  const ids = groupIds(
    packages.flatMap((entry) => {
      const [name, version, source] = partsOf(entry);
      const id = idOf(entry);
      return [
        [name, id] as const,
        [`${name} ${version}`, id] as const,
        [`${name} ${version} (${source})`, id] as const,
      ];
    }),
  );
  const edgesIn = (entry: Document): LockEdge[] =>
    stringsOf(entry['dependencies']).flatMap((written): LockEdge[] => {
      const name = written.split(' ')[0] ?? written;
      const found = ids.get(written) ?? [];
      return found.length === 0 ? [{ name, to: undefined }] : found.map((to) => ({ name, to }));
    });
  const nodes = new Map<string, LockNode>();
  const members = new Map<string, readonly LockEdge[]>();
  for (const entry of packages) {
    const [name, version, source] = partsOf(entry);
    const edges = edgesIn(entry);
    if (source === '') {
      members.set(name, edges);
      nodes.set(idOf(entry), { value: '', edges });
      continue;
    }
    const label =
      (ids.get(`${name} ${version}`) ?? []).length > 1
        ? `${name}@${version} (${digestOfSource(source)})`
        : `${name}@${version}`;
    nodes.set(idOf(entry), { label, value: asString(entry['checksum']) ?? digestOfSource(source), edges });
  }
  return {
    nodes,
    edgesOf: ({ package: { manifests } }) => members.get(manifests.find(({ kind }) => kind === 'cargo')?.name ?? ''),
  };
}

function partsOf(entry: Document): [name: string, version: string, source: string] {
  return [asString(entry['name']) ?? '', asString(entry['version']) ?? '', asString(entry['source']) ?? ''];
}

function idOf(entry: Document): string {
  return partsOf(entry).join(' ');
}
