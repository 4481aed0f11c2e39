import type { RelativePath } from '@velocity/core';
import { parentOf, type Directory } from '../documents/workspace-path.js';
import { IgnoreRules } from './ignore-rules.js';
import { childDirectory, IGNORED, type WalkedDirectory } from './walk.js';

const NOTHING: ReadonlySet<string> = new Set();

/**
 * Remembers the .gitignore files on the way to a folder, so that thousands of packages read those of the workspace once.
 * It takes the files to be unchanged for as long as it lives: make one for each run.
 */
export class IgnoreCache {
  readonly root: string;
  readonly #directories = new Map<string, WalkedDirectory>();

  constructor(root: string) {
    this.root = root;
  }

  /** What is known of a folder, its own .gitignore included. @internal */
  directory(directory: Directory): WalkedDirectory {
    const known = this.#directories.get(directory);
    if (known !== undefined) return known;
    const found = directory === '' ? this.#rootDirectory() : this.#childDirectory(directory);
    this.#directories.set(directory, found);
    return found;
  }

  #rootDirectory(): WalkedDirectory {
    return { directory: '', ignored: IGNORED.no, isExcluded: false, rules: IgnoreRules.atRoot(this.root) };
  }

  #childDirectory(path: RelativePath): WalkedDirectory {
    const child = childDirectory(this.directory(parentOf(path)), path, NOTHING);
    return child.rules === undefined ? child : { ...child, rules: child.rules.enter(this.root, path) };
  }
}
