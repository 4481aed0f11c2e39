import type { RelativePath } from '@velocity/core';
import { ClosureIndex, type Closure } from './lockfiles/closure-index.js';
import { LockfileFinder } from './lockfiles/find-lockfiles.js';
import { LOCKED_LANGUAGES } from './lockfiles/formats.js';
import { readGoSums } from './lockfiles/go-sums.js';
import { LockedSet } from './lockfiles/locked-set.js';
import type { Package } from './package.js';
import type { WorkspaceProblem } from './problem.js';

export interface LockfileOptions {
  /** The workspace, as an absolute path. */
  readonly root: string;
  readonly packages: readonly Package[];
}

export interface LockfileClosures {
  /**
   * What the package may load from outside of the workspace: `name@version` to its integrity or checksum, through all that
   * it depends on, packages of the workspace too (theirs without development dependencies). A package of JavaScript can also
   * load what the root asks for, so that counts. Empty when there is no lockfile.
   *
   * Other entries: `*<lockfile>` to a digest of the file, where it is of no known format, broken, or does not know the package;
   * `name@range` to `unlocked` for what the lockfile lacks; `user > name` to `name@version` where a name has several versions.
   */
  readonly closureOf: (member: Package) => Readonly<Record<string, string>>;
  readonly problems: readonly WorkspaceProblem[];
}

/**
 * Reads the lockfiles of a workspace: for each package and each of its languages the nearest ones, from its folder up to the
 * root. Where several of one language stand side by side, all of them count.
 */
export function lockfileClosures({ root, packages }: LockfileOptions): LockfileClosures {
  const problems: WorkspaceProblem[] = [];
  const finder = new LockfileFinder(root, problems);
  const readText = (path: RelativePath): string | undefined => finder.read(path)?.toString('utf8');
  const sets = new Map<Package, ((member: Package) => Closure)[]>(packages.map((member) => [member, []]));
  for (const language of LOCKED_LANGUAGES) {
    const members = packages.filter((member) => member.languages.includes(language));
    for (const [file, lockedBy] of finder.membersByFile(language, members)) {
      const set = new LockedSet(file, lockedBy, readText);
      if (set.problem !== undefined) problems.push(set.problem);
      for (const member of lockedBy) sets.get(member)?.push((asked) => set.closureOf(asked));
    }
  }
  const goModules = packages.filter((member) => member.languages.includes('go'));
  if (goModules.length > 0) {
    const goMembers = goModules.map((member) => ({ package: member, path: member.directory }));
    const graph = readGoSums({ members: goMembers, readText });
    const index = new ClosureIndex(graph);
    for (const member of goMembers) sets.get(member.package)?.push(() => index.closure(graph.edgesOf(member) ?? []));
  }
  return { closureOf: (member) => merge((sets.get(member) ?? []).map((closure) => closure(member))), problems };
}

/** The entries of all languages; in the rare case that two have different ones under one key, both are kept. */
function merge(closures: readonly Closure[]): Closure {
  if (closures.length === 1) return closures[0] ?? {};
  const result = new Map<string, string>();
  for (const closure of closures) {
    for (const [key, value] of Object.entries(closure)) {
      const known = result.get(key);
      result.set(key, known === undefined || known === value ? value : `${known} ${value}`);
    }
  }
  return Object.fromEntries(result);
}
