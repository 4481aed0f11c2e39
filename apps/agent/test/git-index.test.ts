import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { tempDir, writeTree, type TempDir } from '@velocity/testing';
import { readGitIndex } from '../src/run/git-index.js';

function git(dir: TempDir, ...args: string[]): string {
  const env = { PATH: process.env['PATH'], HOME: dir.path, GIT_CONFIG_NOSYSTEM: '1' };
  return execFileSync('git', args, { cwd: dir.path, env, encoding: 'utf8' });
}

function repository(...initArgs: string[]): TempDir {
  const dir = tempDir();
  const long = `${'d'.repeat(200)}/`.repeat(15);
  const names = Array.from({ length: 40 }, (_, index) => `src/${'x'.repeat(index)}-${index}`);
  writeTree(dir.path, Object.fromEntries([...names, 'a b', 'ünï\ncode', `${long}deep`].map((name) => [name, name])));
  git(dir, 'init', '-q', ...initArgs);
  git(dir, 'add', '-A');
  return dir;
}

function listed(dir: TempDir): string[] {
  return git(dir, 'ls-files', '-z').split('\0').slice(0, -1).sort();
}

test('the index says what git says, whatever the names', () => {
  using dir = repository();
  expect([...(readGitIndex(dir.path) ?? [])].sort()).toEqual(listed(dir));
  expect(listed(dir)).toHaveLength(43);
});

test('entries that are only meant to be added, or not to be looked at, count too', () => {
  using dir = repository();
  writeTree(dir.path, { later: 'x' });
  git(dir, 'add', '-N', 'later');
  git(dir, 'update-index', '--skip-worktree', 'a b');
  expect([...(readGitIndex(dir.path) ?? [])].sort()).toEqual(listed(dir));
  expect(readFileSync(dir.join('.git/index')).readUInt32BE(4)).toBe(3);
});

test.each<[string, (dir: TempDir) => void]>([
  ['of version 4', (dir) => git(dir, 'update-index', '--index-version=4')],
  ['that is split', (dir) => git(dir, 'update-index', '--split-index')],
  [
    'that is damaged',
    (dir) =>
      writeFileSync(
        dir.join('.git/index'),
        readFileSync(dir.join('.git/index')).map((byte, at) => (at === 90 ? byte ^ 0xff : byte)),
      ),
  ],
  [
    'that is cut off',
    (dir) => writeFileSync(dir.join('.git/index'), readFileSync(dir.join('.git/index')).subarray(0, 300)),
  ],
  ['that is empty', (dir) => writeFileSync(dir.join('.git/index'), '')],
  ['that is not there', (dir) => rmSync(dir.join('.git/index'))],
])('an index %s is left to git', (_name, change) => {
  using dir = repository();
  change(dir);
  expect(readGitIndex(dir.path)).toBeUndefined();
});

test('an index with SHA-256 names, and that of a linked work tree, are left to git', () => {
  using dir = repository('--object-format=sha256');
  expect(readGitIndex(dir.path)).toBeUndefined();
  using main = repository();
  git(main, '-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '-qm', 'x');
  git(main, 'worktree', 'add', '-q', 'linked');
  expect(readGitIndex(main.join('linked'))).toBeUndefined();
});
