import { posix } from 'node:path';
import { parseYamlStrings } from '../documents/parse-document.js';
import { asDocument, asString, stringEntries, tableAt, type Document } from '../documents/shape.js';
import { memberId, type LockEdge, type LockGraph, type LockMember, type LockNode } from './lock-graph.js';
import { digestOfSource } from './lock-values.js';
import { unwrap } from './unwrap.js';

const PASSED_ON = ['dependencies', 'optionalDependencies'];

/**
 * pnpm-lock.yaml of version 9 (`packages` and `snapshots`) and 6 (`packages` alone). Labels keep the peers in parentheses:
 * they decide what is loaded. @see https://github.com/pnpm/spec/blob/master/lockfile/9.0.md
 */
export function parsePnpmLock(text: string): LockGraph | undefined {
  const document = unwrap(parseYamlStrings(text));
  const version = asString(document['lockfileVersion']) ?? '';
  const major = /^(\d+)\./.exec(version)?.[1];
  if (major !== '9' && major !== '6') return undefined;
  const packages = tableAt(document, 'packages');
  const snapshots = major === '9' ? tableAt(document, 'snapshots') : packages;
  const importers = importersOf(document);
  const resolve: Resolve = (name, reference, from) => {
    if (reference.startsWith('link:')) {
      const path = posix.join(from ?? '.', reference.slice(5)).replace(/\/$/, '');
      return Object.hasOwn(importers, path) ? memberId(path) : undefined;
    }
    const id = major === '9' ? `${name}@${reference}` : `/${name}@${reference}`;
    return Object.hasOwn(snapshots, id) ? id : Object.hasOwn(snapshots, reference) ? reference : undefined;
  };

  const nodes = new Map<string, LockNode>();
  for (const [id, snapshot] of Object.entries(snapshots)) {
    const resolution = tableAt(packages, Object.hasOwn(packages, id) ? id : withoutPeers(id), 'resolution');
    const edges = PASSED_ON.flatMap((field) => edgesIn(tableAt(asDocument(snapshot), field), resolve));
    const value = asString(resolution['integrity']) ?? digestOfSource(resolution);
    nodes.set(id, { label: id.replace(/^\//, ''), value, edges });
  }
  for (const [path, importer] of Object.entries(importers)) {
    nodes.set(memberId(path), { value: '', edges: importerEdges(importer, path, PASSED_ON, resolve) });
  }
  const edgesOf = (path: string): readonly LockEdge[] | undefined =>
    Object.hasOwn(importers, path)
      ? importerEdges(importers[path], path, [...PASSED_ON, 'devDependencies'], resolve)
      : undefined;
  return { nodes, edgesOf: (member: LockMember) => edgesOf(member.path), shared: edgesOf('.') ?? [] };
}

type Resolve = (name: string, reference: string, from?: string) => string | undefined;

/** A lockfile of version 6 for a single package has the fields of its importer at the top. */
function importersOf(document: Document): Document {
  return asDocument(document['importers']) ?? { '.': document };
}

function importerEdges(importer: unknown, path: string, fields: readonly string[], resolve: Resolve): LockEdge[] {
  return fields.flatMap((field) =>
    Object.entries(tableAt(asDocument(importer), field)).flatMap(([name, entry]): LockEdge[] => {
      const reference = asString(asDocument(entry)?.['version']);
      if (reference === undefined) return [];
      const to = resolve(name, reference, path);
      // A link that leads out of the workspace: nothing of it is locked.
      return to === undefined && reference.startsWith('link:') ? [] : [{ name, to, range: reference }];
    }),
  );
}

function edgesIn(table: Document, resolve: Resolve): LockEdge[] {
  return stringEntries(table).flatMap(([name, reference]): LockEdge[] => {
    const to = resolve(name, reference);
    return to === undefined && reference.startsWith('link:') ? [] : [{ name, to, range: reference }];
  });
}

function withoutPeers(id: string): string {
  const end = id.indexOf('(');
  return end === -1 ? id : id.slice(0, end);
}
