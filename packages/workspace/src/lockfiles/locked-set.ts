import { posix } from 'node:path';
import { errorMessage } from '@velocity/core';
import type { Directory } from '../documents/workspace-path.js';
import type { Package } from '../package.js';
import type { WorkspaceProblem } from '../problem.js';
import { ClosureIndex, type Closure } from './closure-index.js';
import type { FoundLockfile } from './find-lockfiles.js';
import type { LockGraph, LockMember, LockScope } from './lock-graph.js';

/** Gives each package its closure in one lockfile: the whole file for those it does not know, and for all when it cannot be read. */
export class LockedSet {
  readonly #file: FoundLockfile;
  readonly #graph: LockGraph | undefined;
  readonly #index: ClosureIndex | undefined;
  readonly problem: WorkspaceProblem | undefined;

  constructor(file: FoundLockfile, packages: readonly Package[], readText: LockScope['readText']) {
    this.#file = file;
    const members = packages.map((member) => lockMember(member, file.directory));
    try {
      this.#graph = file.parse?.(file.text, { members, readText });
      this.#index = this.#graph === undefined ? undefined : new ClosureIndex(this.#graph);
    } catch (error) {
      this.problem = {
        kind: 'lockfile',
        message: `cannot read the lockfile, so its whole content counts for every package: ${errorMessage(error)}`,
        file: file.path,
        hint: 'let its package manager write it again',
      };
    }
  }

  closureOf(member: Package): Closure {
    const edges = this.#graph?.edgesOf(lockMember(member, this.#file.directory));
    if (edges === undefined || this.#index === undefined) return { [`*${this.#file.name}`]: this.#file.digest };
    return this.#index.closure(edges, member.directory === this.#file.directory ? [] : this.#graph?.shared);
  }
}

function lockMember(member: Package, lockDirectory: Directory): LockMember {
  const path = posix.relative(`/${lockDirectory}`, `/${member.directory}`);
  return { package: member, path: path === '' ? '.' : path };
}
