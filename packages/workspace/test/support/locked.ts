import { tempDir, writeTree, type Tree } from '@velocity/testing';
import { discoverPackages, lockfileClosures, type WorkspaceProblem } from '@velocity/workspace';

export interface Locked {
  readonly problems: readonly WorkspaceProblem[];
  /** By the name of the package. */
  readonly closures: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The closures of all packages of a tree. */
export function lock(tree: Tree, packages?: readonly string[]): Locked {
  using dir = tempDir();
  writeTree(dir.path, tree);
  const discovery = discoverPackages({ root: dir.path, packages });
  const { closureOf, problems } = lockfileClosures({ root: dir.path, packages: discovery.packages });
  return {
    problems: [...discovery.problems, ...problems],
    closures: Object.fromEntries(discovery.packages.map((member) => [member.name, closureOf(member)])),
  };
}

/** The names of the packages whose closure differs between two trees. */
export function changed(before: Tree, after: Tree): string[] {
  const [old, now] = [lock(before).closures, lock(after).closures];
  return Object.keys(now).filter((name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]));
}
