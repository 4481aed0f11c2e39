import { isAbsolute, join } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { isErrno, VelocityError } from '@velocity/core';
import { disk } from '../disk.js';
import type { Directory } from '../documents/workspace-path.js';

interface Level {
  readonly directory: Directory;
  readonly rules: Ignore;
  readonly text: string;
}

/**
 * What git ignores in one folder of a workspace: the .gitignore files from the root down to it, and .git/info/exclude of
 * the root. A person's own ignore file (core.excludesFile) is not read: the answer must be the same on every machine.
 */
export class IgnoreRules {
  /** The deepest file last: it has the last word. */
  readonly #levels: readonly Level[];

  /** The rules in force in the root, that is for what stands directly in it. */
  static atRoot(root: string): IgnoreRules {
    const exclude = readIfExists(join(gitDirectory(root), 'info/exclude'));
    return new IgnoreRules(exclude === undefined ? [] : [levelOf('', exclude)]).enter(root, '');
  }

  private constructor(levels: readonly Level[]) {
    this.#levels = levels;
  }

  /** The rules in force in `directory`, which is a child of the folder these rules are for and is not ignored. */
  enter(root: string, directory: Directory, hasIgnoreFile = true): IgnoreRules {
    const inherited = this.#levels.map((level) => withoutParent(level, directory));
    const text = hasIgnoreFile ? readIfExists(join(root, directory, '.gitignore')) : undefined;
    const isSame = text === undefined && inherited.every((level, index) => level === this.#levels[index]);
    if (isSame) return this;
    return new IgnoreRules(text === undefined ? inherited : [...inherited, levelOf(directory, text)]);
  }

  /** Whether a path in the folder of these rules is ignored; that folder itself must not be. */
  isIgnored(path: string, kind: 'file' | 'directory'): boolean {
    for (let index = this.#levels.length - 1; index >= 0; index -= 1) {
      const result = testLevel(this.#levels[index] as Level, path, kind);
      if (result.ignored) return true;
      if (result.unignored) return false;
    }
    return false;
  }
}

function levelOf(directory: Directory, text: string): Level {
  return { directory, text, rules: ignore({ ignorecase: false }).add(text) };
}

function testLevel(level: Level, path: string, kind: 'file' | 'directory'): { ignored: boolean; unignored: boolean } {
  const relative = level.directory === '' ? path : path.slice(level.directory.length + 1);
  return level.rules.test(kind === 'directory' ? `${relative}/` : relative);
}

/**
 * `ignore` takes everything below a folder that a file ignores for ignored. But a deeper file may have taken the folder
 * back, and git then asks only what matches the path itself; so the outer file must be told about it.
 */
function withoutParent(level: Level, directory: Directory): Level {
  if (directory === '' || directory === level.directory || !testLevel(level, directory, 'directory').ignored)
    return level;
  const relative = level.directory === '' ? directory : directory.slice(level.directory.length + 1);
  return levelOf(level.directory, `${level.text}\n!/${relative.replace(/[\\*?[\]!# ]/g, '\\$&')}/\n`);
}

/** The folder that holds info/exclude: for a linked work tree that of the main one (gitrepository-layout(5), "commondir"). */
function gitDirectory(root: string): string {
  const pointer = /^gitdir: (.+)$/m.exec(readIfExists(join(root, '.git')) ?? '')?.[1];
  if (pointer === undefined) return join(root, '.git');
  const directory = resolveFrom(root, pointer.trim());
  const common = readIfExists(join(directory, 'commondir'))?.trim();
  return common === undefined ? directory : resolveFrom(directory, common);
}

function resolveFrom(base: string, path: string): string {
  return isAbsolute(path) ? path : join(base, path);
}

function readIfExists(path: string): string | undefined {
  // Mostly there is none, and an exception costs ten times the question.
  if (disk().kindOf(path) === 'missing') return undefined;
  try {
    return disk().readFile(path).toString('utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined;
    throw new VelocityError('INPUT_UNREADABLE', `cannot read ${path}`, { cause: error });
  }
}
