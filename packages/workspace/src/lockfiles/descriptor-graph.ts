import { stringEntries } from '../documents/shape.js';
import { NPM_DEPENDENCY_FIELDS } from '../manifests/npm-manifest.js';
import { memberId, type LockEdge, type LockGraph, type LockMember, type LockNode } from './lock-graph.js';
import { groupIds } from './lock-values.js';

/** An entry of yarn.lock: what answers some descriptors (`react@^18.0.0`). */
export interface DescribedEntry {
  readonly descriptors: readonly string[];
  readonly name: string;
  readonly version: string;
  readonly value: string;
  /** Names to ranges. */
  readonly dependencies: readonly (readonly [string, string])[];
}

/**
 * The graph of a lockfile that resolves by descriptor. What members ask for stands in their package.json. A descriptor that
 * the lockfile does not hold is one that `resolutions` has changed: it stands for every version of that name.
 */
export function describedGraph(entries: readonly DescribedEntry[], members: readonly LockMember[]): LockGraph {
  const labels = uniqueLabels(entries);
  const byDescriptor = new Map<string, string>();
  for (const entry of entries) {
    for (const descriptor of entry.descriptors) byDescriptor.set(descriptor, labels.get(entry) as string);
  }
  const byName = groupIds(entries.map((entry) => [entry.name, labels.get(entry) as string]));
  const membersByName = new Map(members.map((member) => [npmName(member), memberId(member.path)]));

  const resolve = (name: string, range: string): LockEdge[] => {
    const exact = byDescriptor.get(`${name}@${range}`) ?? byDescriptor.get(`${name}@npm:${range}`);
    if (exact !== undefined) return [{ name, to: exact }];
    const member = membersByName.get(/^workspace:(@?[^@]+)@/.exec(range)?.[1] ?? name);
    if (member !== undefined) return [{ name, to: member }];
    if (/^(?:link|portal|workspace):/.test(range)) return [];
    const all = byName.get(name) ?? [];
    return all.length === 0 ? [{ name, to: undefined, range }] : all.map((to) => ({ name, to }));
  };

  const nodes = new Map<string, LockNode>();
  for (const entry of entries) {
    const edges = entry.dependencies.flatMap(([name, range]) =>
      resolve(name, range).filter(({ to }) => to !== undefined),
    );
    const label = labels.get(entry) as string;
    nodes.set(label, { label, value: entry.value, edges });
  }
  const edgesOf = (member: LockMember | undefined, fields: readonly string[]): LockEdge[] =>
    fields.flatMap((field) =>
      stringEntries(member?.package.packageJson?.[field]).flatMap(([name, range]) => {
        const edges = resolve(name, range);
        // A peer or an optional package may be absent on purpose.
        const mayMiss = field === 'peerDependencies' || field === 'optionalDependencies';
        return mayMiss ? edges.filter(({ to }) => to !== undefined) : edges;
      }),
    );
  const passedOn = NPM_DEPENDENCY_FIELDS.filter((field) => field !== 'devDependencies');
  for (const member of members) nodes.set(memberId(member.path), { value: '', edges: edgesOf(member, passedOn) });
  const root = members.find((member) => member.path === '.');
  return {
    nodes,
    edgesOf: (member) =>
      member.package.packageJson === undefined ? undefined : edgesOf(member, NPM_DEPENDENCY_FIELDS),
    shared: edgesOf(root, NPM_DEPENDENCY_FIELDS),
  };
}

/** `name@version`; where two entries share it (a patched package and its original) the later ones get their descriptor too. */
function uniqueLabels(entries: readonly DescribedEntry[]): ReadonlyMap<DescribedEntry, string> {
  const taken = new Set<string>();
  const labels = new Map<DescribedEntry, string>();
  for (const entry of entries) {
    const plain = `${entry.name}@${entry.version}`;
    const label = taken.has(plain) ? `${plain} (${entry.descriptors[0] ?? ''})` : plain;
    taken.add(label);
    labels.set(entry, label);
  }
  return labels;
}

function npmName(member: LockMember): string {
  const manifest = member.package.manifests.find(({ kind }) => kind === 'npm');
  return manifest?.name ?? member.package.name;
}
