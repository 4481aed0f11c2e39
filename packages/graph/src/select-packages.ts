import { nearMisses } from './near-misses.js';
import { parsePackageFilter, resolveDirectory, type FilterProblem, type PackageFilter } from './package-filter.js';
import { hasWildcard, matchesName, matchesPath } from './wildcard.js';

export interface SelectablePackage {
  readonly name: string;
  /** Relative to the root of the workspace, with `/`; `''` or `.` for the root itself. */
  readonly directory: string;
  /** Names; those that are no package of the list count for nothing. Needed by `x...` and `...x`. */
  readonly dependencies?: readonly string[];
}

export type SelectPackagesResult =
  | { readonly ok: true; readonly names: readonly string[] }
  | { readonly ok: false; readonly problems: readonly FilterProblem[] };

/**
 * The names of the packages that filters select, in the order of `packages`: all that any filter adds, without those that
 * any exclusion takes away, whatever their order. Without a filter that adds, exclusions take away from all packages.
 *
 * A name without a scope also finds the one package that has it under a scope. A filter that matches nothing is a
 * problem; only an exclusion with a wildcard may. What remains in the end may still be empty.
 *
 * @param cwdDirectory What directories in filters are relative to; the root when it is left out.
 */
export function selectPackages(
  filters: readonly string[],
  packages: readonly SelectablePackage[],
  cwdDirectory = '',
): SelectPackagesResult {
  const problems: FilterProblem[] = [];
  const added = new Set<string>();
  const removed = new Set<string>();
  let isAdding = false;
  const edges = edgesOf(packages);
  for (const text of filters) {
    const parsed = parsePackageFilter(text, cwdDirectory);
    if (!parsed.ok) {
      problems.push(parsed.problem);
      continue;
    }
    const { filter } = parsed;
    isAdding ||= !filter.isExclusion;
    const matches = matchesOf(filter, packages);
    if (matches.length === 0 && !mayMatchNothing(filter)) problems.push(noMatch(filter, packages));
    for (const name of expand(filter, matches, edges)) (filter.isExclusion ? removed : added).add(name);
  }
  if (problems.length > 0) return { ok: false, problems };
  const names = packages.map(({ name }) => name).filter((name) => (!isAdding || added.has(name)) && !removed.has(name));
  return { ok: true, names };
}

function matchesOf(filter: PackageFilter, packages: readonly SelectablePackage[]): string[] {
  const inDirectory = packages
    .filter(({ directory }) => filter.directory === undefined || matchesPath(filter.directory, normal(directory)))
    .map(({ name }) => name);
  const wanted = filter.name;
  if (wanted === undefined) return inDirectory;
  const matches = inDirectory.filter((name) => matchesName(wanted, name));
  if (matches.length > 0 || hasWildcard(wanted) || wanted.includes('/')) return matches;
  const scoped = inDirectory.filter((name) => name.startsWith('@') && name.endsWith(`/${wanted}`));
  return scoped.length === 1 ? scoped : [];
}

interface PackageEdges {
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  readonly dependents: ReadonlyMap<string, readonly string[]>;
}

function edgesOf(packages: readonly SelectablePackage[]): PackageEdges {
  const dependents = new Map(packages.map(({ name }): [string, string[]] => [name, []]));
  const dependencies = new Map<string, readonly string[]>();
  for (const { name, dependencies: all = [] } of packages) {
    const own = all.filter((dependency) => dependents.has(dependency));
    dependencies.set(name, own);
    for (const dependency of own) dependents.get(dependency)?.push(name);
  }
  return { dependencies, dependents };
}

function expand(filter: PackageFilter, matches: readonly string[], edges: PackageEdges): Set<string> {
  const below = filter.withDependencies ? reach(matches, edges.dependencies) : new Set<string>();
  const above = filter.withDependents ? reach(matches, edges.dependents) : new Set<string>();
  const selected = new Set([...below, ...above]);
  for (const name of matches) {
    if (filter.withoutSelf) selected.delete(name);
    else selected.add(name);
  }
  return selected;
}

function reach(from: readonly string[], edges: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set(from);
  for (const name of found) for (const next of edges.get(name) ?? []) found.add(next);
  return found;
}

function mayMatchNothing(filter: PackageFilter): boolean {
  return filter.isExclusion && hasWildcard(`${filter.name ?? ''}${filter.directory ?? ''}`);
}

function noMatch(filter: PackageFilter, packages: readonly SelectablePackage[]): FilterProblem {
  const { name, directory } = filter;
  const names = packages.map((item) => item.name);
  const suggestions =
    name === undefined
      ? nearMisses(
          directory ?? '',
          packages.map((item) => normal(item.directory)),
        ).map((path) => `./${path}`)
      : nearMisses(name.replaceAll('*', ''), names);
  const message = `filter ${JSON.stringify(filter.text)} matches none of the ${packages.length} packages`;
  return { kind: 'no-match', filter: filter.text, message, suggestions };
}

function normal(directory: string): string {
  return resolveDirectory('', directory) ?? directory;
}
