import { parseJson } from '../documents/parse-document.js';
import { asDocument, asString, stringEntries, tableAt, type Document } from '../documents/shape.js';
import { memberId, type LockEdge, type LockGraph, type LockNode } from './lock-graph.js';
import { digestOfSource } from './lock-values.js';
import { unwrap } from './unwrap.js';

const PASSED_ON = ['dependencies', 'optionalDependencies', 'peerDependencies'];

/**
 * bun.lock, the text format: JSON with trailing commas. A key of `packages` is the path of names under which a package is
 * installed (`a/b`: the `b` in the node_modules of `a`), its value [`name@version`, registry, {dependencies}, integrity].
 */
export function parseBunLock(text: string): LockGraph | undefined {
  const document = unwrap(parseJson(withoutTrailingCommas(text)));
  const packages = asDocument(document['packages']);
  const workspaces = asDocument(document['workspaces']);
  if (packages === undefined || workspaces === undefined) return undefined;
  const nodes = new Map<string, LockNode>();
  for (const [key, value] of Object.entries(packages)) {
    const parts: readonly unknown[] = Array.isArray(value) ? value : [];
    const label = asString(parts[0]) ?? key;
    if (memberPath(label) !== undefined) continue;
    const details = asDocument(parts.find((part) => asDocument(part) !== undefined)) ?? {};
    const integrity = parts.slice(1).findLast((part) => typeof part === 'string' && /^sha\d+-/.test(part));
    const edges = edgesIn(packages, namesOf(key), details, PASSED_ON);
    nodes.set(key, { label, value: asString(integrity) ?? digestOfSource([...parts]), edges });
  }
  const edgesOf = (path: string, fields: readonly string[]): LockEdge[] | undefined => {
    const workspace = asDocument(workspaces[path]);
    const name = asString(workspace?.['name']);
    return workspace === undefined ? undefined : edgesIn(packages, name === undefined ? [] : [name], workspace, fields);
  };
  for (const path of Object.keys(workspaces)) {
    nodes.set(memberId(path), { value: '', edges: edgesOf(path, PASSED_ON) ?? [] });
  }
  const all = [...PASSED_ON, 'devDependencies'];
  return { nodes, edgesOf: ({ path }) => edgesOf(path === '.' ? '' : path, all), shared: edgesOf('', all) ?? [] };
}

function edgesIn(packages: Document, owner: readonly string[], table: Document, fields: readonly string[]): LockEdge[] {
  return fields.flatMap((field) =>
    stringEntries(tableAt(table, field)).flatMap(([name, range]): LockEdge[] => {
      const to = resolve(packages, owner, name);
      // A peer or an optional package may be absent on purpose.
      const mayMiss = field === 'peerDependencies' || field === 'optionalDependencies';
      return to === undefined && mayMiss ? [] : [{ name, to, range }];
    }),
  );
}

/** The package's own node_modules, then those around it. */
function resolve(packages: Document, owner: readonly string[], name: string): string | undefined {
  for (let length = owner.length; length >= 0; length -= 1) {
    const key = [...owner.slice(0, length), name].join('/');
    const label = Object.hasOwn(packages, key) ? (packages[key] as readonly unknown[])[0] : undefined;
    if (typeof label !== 'string') continue;
    const member = memberPath(label);
    return member === undefined ? key : memberId(member);
  }
  return undefined;
}

function memberPath(label: string): string | undefined {
  return /^@?[^@]+@workspace:(.*)$/.exec(label)?.[1];
}

/** `@a/b/c` is the names `@a/b` and `c`. */
function namesOf(key: string): string[] {
  return key.match(/@[^/]+\/[^/]+|[^/]+/g) ?? [];
}

function withoutTrailingCommas(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, (_, string: string | undefined) => string ?? '');
}
