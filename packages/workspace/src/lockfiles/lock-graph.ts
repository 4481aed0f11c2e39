import type { RelativePath } from '@velocity/core';
import type { Package } from '../package.js';

/** Something that a package asks for, and what the lockfile gives it. */
export interface LockEdge {
  /** As the package calls it: an alias need not be the name of what it leads to. */
  readonly name: string;
  /** Id of a node; undefined when the lockfile has nothing for it. */
  readonly to: string | undefined;
  /** What was asked for; stands in the closure where nothing is locked. */
  readonly range?: string;
}

/** A locked package; or a member of the workspace, which has no label and passes on what it needs when it is depended on. */
export interface LockNode {
  /** `name@version`, unique in the lockfile. */
  readonly label?: string;
  /** What stands for the content: integrity, checksum, or a digest of where it comes from. */
  readonly value: string;
  readonly edges: readonly LockEdge[];
}

/** A lockfile, whatever its format. */
export interface LockGraph {
  readonly nodes: ReadonlyMap<string, LockNode>;
  /** Everything a member asks for, tools for its own development included; undefined when the lockfile does not know it. */
  edgesOf(member: LockMember): readonly LockEdge[] | undefined;
  /** What every member can load whether it asks or not: the root's, in whose node_modules the search for a module ends. */
  readonly shared?: readonly LockEdge[];
}

/** A package of the workspace as a lockfile sees it. */
export interface LockMember {
  readonly package: Package;
  /** Its folder, relative to that of the lockfile: `.` for the same one, as lockfiles have it. */
  readonly path: string;
}

/** Where a lockfile stands. */
export interface LockScope {
  readonly members: readonly LockMember[];
  /** The text of a file, relative to the workspace; undefined when there is none. */
  readonly readText: (path: RelativePath) => string | undefined;
}

/** Reads one format. Undefined for a version of it that is not known; throws for what cannot be parsed. */
export type LockfileParser = (text: string, scope: LockScope) => LockGraph | undefined;

export function memberId(path: string): string {
  return `member:${path}`;
}
