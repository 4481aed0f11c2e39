import { tempDir, writeTree, type Tree } from '@velocity/testing';
import { discoverPackages, type Discovery, type Package } from '@velocity/workspace';

/** Discovers the packages of a tree in a folder of its own. */
export function discover(tree: Tree, packages?: readonly string[]): Discovery {
  using dir = tempDir();
  writeTree(dir.path, tree);
  return discoverPackages({ root: dir.path, packages });
}

/** Edges by the name of the package that depends; those without any are left out. */
export function edges({ packages }: Discovery): Record<string, readonly string[]> {
  return Object.fromEntries(
    packages
      .filter(({ dependencies }) => dependencies.length > 0)
      .map(({ name, dependencies }) => [name, dependencies]),
  );
}

export function names({ packages }: Discovery): string[] {
  return packages.map(({ name }) => name);
}

export function named(discovery: Discovery, name: string): Package {
  const found = discovery.packages.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no package ${name}`);
  return found;
}

export function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
