import { declaredDirectories, directoriesOfGlobs } from './discovery/find-directories.js';
import { linkPackages } from './discovery/link-packages.js';
import { namePackages } from './discovery/name-packages.js';
import { ManifestReader } from './documents/manifest-reader.js';
import type { Package } from './package.js';
import type { WorkspaceProblem } from './problem.js';

export interface DiscoverOptions {
  /** The workspace, as an absolute path. */
  readonly root: string;
  /** Globs for folders, in order, `!` takes away. They replace what the manifests declare; a folder counts when it has a manifest. */
  readonly packages?: readonly string[] | undefined;
}

export interface Discovery {
  /** Sorted by folder, by code unit: the root, `//`, is the first and always there. */
  readonly packages: readonly Package[];
  /** Everything that is wrong, in the order of files and places. What is sound is in `packages` all the same. */
  readonly problems: readonly WorkspaceProblem[];
}

/**
 * Finds the packages of a workspace and the edges between them.
 *
 * Without `packages` they are those that pnpm-workspace.yaml, `workspaces` of package.json, `[workspace]` of Cargo.toml,
 * go.work and `[tool.uv.workspace]` declare, and folders that Cargo, Go and Python manifests lead to by a path. Where none
 * of these is, apps/*, libs/* and packages/* are searched.
 */
export function discoverPackages({ root, packages: globs }: DiscoverOptions): Discovery {
  const reader = new ManifestReader(root);
  const directories = globs === undefined ? declaredDirectories(reader) : directoriesOfGlobs(reader, globs);
  const packages = linkPackages(reader, namePackages(reader, directories));
  return { packages, problems: sortProblems(reader.problems) };
}

function sortProblems(problems: readonly WorkspaceProblem[]): readonly WorkspaceProblem[] {
  return [...problems].sort((a, b) => {
    if (a.file !== b.file) return a.file < b.file ? -1 : 1;
    return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
  });
}
