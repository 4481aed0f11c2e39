import { digestOf, errorMessage, isErrno, type RelativePath } from '@velocity/core';
import { disk } from '../disk.js';
import { joinPath, parentOf, type Directory } from '../documents/workspace-path.js';
import type { Package } from '../package.js';
import type { WorkspaceProblem } from '../problem.js';
import { WORKSPACE_FILES } from '../workspace-files.js';
import { LOCKFILE_FORMATS, type LockedLanguage } from './formats.js';
import type { LockfileParser } from './lock-graph.js';

/** A lockfile, and what is to be made of it. */
export interface FoundLockfile {
  /** Its file name. */
  readonly name: string;
  readonly directory: Directory;
  readonly path: RelativePath;
  /** SHA-256 of its bytes; `unreadable` where they cannot be had. */
  readonly digest: string;
  readonly text: string;
  /** Absent when the file counts only as a whole. */
  readonly parse?: LockfileParser;
}

/** Finds the lockfiles of packages, looking into each folder once. What cannot be read is added to `problems`. */
export class LockfileFinder {
  readonly #root: string;
  readonly #problems: WorkspaceProblem[];
  readonly #names = new Map<Directory, ReadonlySet<string>>();

  constructor(root: string, problems: WorkspaceProblem[]) {
    this.#root = root;
    this.#problems = problems;
  }

  /** The nearest lockfiles of each package, all those of one folder, with the packages that share them. */
  membersByFile(
    language: LockedLanguage,
    packages: readonly Package[],
  ): ReadonlyMap<FoundLockfile, readonly Package[]> {
    const nearest = new Map<Directory, readonly FoundLockfile[]>();
    const members = new Map<FoundLockfile, Package[]>();
    for (const member of packages) {
      for (const file of this.#nearest(language, member.directory, nearest)) {
        const group = members.get(file);
        if (group === undefined) members.set(file, [member]);
        else group.push(member);
      }
    }
    return members;
  }

  /** The bytes of a file; undefined when there is none, or when it cannot be read, which is a problem. */
  read(path: RelativePath): Buffer | undefined {
    try {
      return disk().readFile(`${this.#root}/${path}`);
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
      this.#problems.push({ kind: 'unreadable', message: `cannot read the file: ${errorMessage(error)}`, file: path });
      return undefined;
    }
  }

  #nearest(
    language: LockedLanguage,
    directory: Directory,
    known: Map<Directory, readonly FoundLockfile[]>,
  ): readonly FoundLockfile[] {
    let files = known.get(directory);
    if (files === undefined) {
      files = this.#filesIn(language, directory);
      if (files.length === 0 && directory !== '') files = this.#nearest(language, parentOf(directory), known);
      known.set(directory, files);
    }
    return files;
  }

  #filesIn(language: LockedLanguage, directory: Directory): readonly FoundLockfile[] {
    const names = this.#namesIn(directory);
    return Object.entries(LOCKFILE_FORMATS[language]).flatMap(([name, parse]): FoundLockfile[] => {
      if (!names.has(name)) return [];
      const path = joinPath(directory, name);
      const bytes = this.read(path);
      const common = { name, directory, path };
      if (bytes === undefined) return [{ ...common, digest: 'unreadable', text: '' }];
      return [
        { ...common, digest: digestOf(bytes), text: bytes.toString('utf8'), ...(parse !== undefined && { parse }) },
      ];
    });
  }

  #namesIn(directory: Directory): ReadonlySet<string> {
    let names = this.#names.get(directory);
    if (names === undefined) {
      names = new Set(listNames(directory === '' ? this.#root : `${this.#root}/${directory}`));
      this.#names.set(directory, names);
    }
    return names;
  }
}

function listNames(path: string): readonly string[] {
  try {
    return disk()
      .readDirectory(path, WORKSPACE_FILES)
      .map(({ name }) => name);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    // A folder may be entered and yet not be listed: its lockfiles are then not found, as by other tools.
    if (isErrno(error, 'EACCES', 'EPERM')) return [];
    throw error;
  }
}
