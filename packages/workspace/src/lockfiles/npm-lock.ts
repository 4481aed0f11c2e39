import { asDocument, asString, stringEntries, tableAt, type Document } from '../documents/shape.js';
import { parseJson } from '../documents/parse-document.js';
import { memberId, type LockEdge, type LockGraph, type LockNode } from './lock-graph.js';
import { digestOfSource } from './lock-values.js';
import { unwrap } from './unwrap.js';

const PASSED_ON = ['dependencies', 'optionalDependencies', 'peerDependencies'];

/**
 * package-lock.json and npm-shrinkwrap.json of version 2 and 3: `packages` by the folder they are installed in.
 * @see https://docs.npmjs.com/cli/configuring-npm/package-lock-json
 */
export function parseNpmLock(text: string): LockGraph | undefined {
  const document = unwrap(parseJson(text));
  const packages = asDocument(document['packages']);
  if (packages === undefined) return undefined;
  const nodes = new Map<string, LockNode>();
  for (const [location, value] of Object.entries(packages)) {
    const entry = asDocument(value) ?? {};
    if (entry['link'] === true) continue;
    const edges = edgesIn(packages, location, entry, PASSED_ON);
    if (!location.includes('node_modules/')) nodes.set(memberId(location), { value: '', edges });
    else nodes.set(location, { label: labelOf(location, entry), value: valueOf(entry), edges });
  }
  const edgesOf = (location: string): readonly LockEdge[] | undefined => {
    const entry = asDocument(packages[location]);
    return entry === undefined ? undefined : edgesIn(packages, location, entry, [...PASSED_ON, 'devDependencies']);
  };
  return {
    nodes,
    edgesOf: ({ path }) => edgesOf(path === '.' ? '' : path),
    shared: edgesOf('') ?? [],
  };
}

function edgesIn(packages: Document, location: string, entry: Document, fields: readonly string[]): LockEdge[] {
  const edges = new Map<string, LockEdge>();
  for (const field of fields) {
    for (const [name, range] of stringEntries(entry[field])) {
      if (edges.has(name)) continue;
      const to = resolve(packages, location, name);
      // A peer or an optional package may be absent on purpose.
      if (to === undefined && (field === 'peerDependencies' || field === 'optionalDependencies')) continue;
      edges.set(name, { name, to, range });
    }
  }
  return [...edges.values()];
}

/** Node's own search: the node_modules of the folder, then those of the folders around it. */
function resolve(packages: Document, location: string, name: string): string | undefined {
  for (let at = location; ; at = parentOf(at)) {
    const candidate = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (Object.hasOwn(packages, candidate)) {
      const entry = tableAt(packages, candidate);
      const target = asString(entry['resolved']);
      if (entry['link'] !== true) return candidate;
      return target === undefined || !Object.hasOwn(packages, target) ? undefined : memberId(target);
    }
    if (at === '') return undefined;
  }
}

function parentOf(location: string): string {
  const end = location.lastIndexOf('/');
  const parent = end === -1 ? '' : location.slice(0, end);
  return parent.endsWith('/node_modules')
    ? parent.slice(0, -'/node_modules'.length)
    : parent === 'node_modules'
      ? ''
      : parent;
}

function labelOf(location: string, entry: Document): string {
  const installed = location.slice(location.lastIndexOf('node_modules/') + 'node_modules/'.length);
  return `${asString(entry['name']) ?? installed}@${asString(entry['version']) ?? asString(entry['resolved']) ?? ''}`;
}

function valueOf(entry: Document): string {
  return asString(entry['integrity']) ?? digestOfSource(asString(entry['resolved']) ?? '');
}
