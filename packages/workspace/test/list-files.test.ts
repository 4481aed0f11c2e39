import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { tempDir, writeTree, type Tree } from '@velocity/testing';
import { listFiles, matchGlobs, type Directory } from '@velocity/workspace';

function list(tree: Tree, directory = '', exclude: readonly string[] = []): readonly string[] {
  using dir = tempDir();
  writeTree(dir.path, tree);
  return listFiles({ root: dir.path, directory: directory as Directory, exclude });
}

const hasGit = spawnSync('git', ['--version']).status === 0;

test('lists files and links of a folder, sorted by code unit, with odd names and without what is never an input', () => {
  const tree: Tree = {
    'p/a.ts': '',
    'p/a/b.ts': '',
    'p/a-b.ts': '',
    'p/Z.ts': '',
    'p/ä.ts': '',
    'p/\u{1F600}.ts': '',
    'p/\uFF5E.ts': '',
    'p/with space/[id]/(group)/x\ny.ts': '',
    'p/.hidden/.file': '',
    'p/broken': { link: 'nowhere' },
    'p/self': { link: '.' },
    'p/linked/node_modules': { link: '../a' },
    'p/empty': { dir: true },
    'p/.git/HEAD': '',
    'p/node_modules/x/index.js': '',
    'p/.velocity/cache/x': '',
    'other/c.ts': '',
  };
  expect(list(tree, 'p')).toEqual([
    'p/.hidden/.file',
    'p/Z.ts',
    'p/a-b.ts',
    'p/a.ts',
    'p/a/b.ts',
    'p/broken',
    'p/self',
    'p/with space/[id]/(group)/x\ny.ts',
    'p/ä.ts',
    'p/\u{1F600}.ts',
    'p/\uFF5E.ts',
  ]);
});

test('the packages inside of a package are not entered; an absent folder has no files', () => {
  const tree = { 'a.ts': '', 'packages/x/b.ts': '', 'packages/x/nested/c.ts': '', 'packages/xy.ts': '' };
  expect(list(tree, '', ['packages/x', 'packages/x/nested'])).toEqual(['a.ts', 'packages/xy.ts']);
  expect(list(tree, 'packages/x', ['packages/x', 'packages/x/nested'])).toEqual(['packages/x/b.ts']);
  expect(list(tree, 'gone')).toEqual([]);
});

test('.gitignore files count from the workspace down, the deeper ones last; so does .git/info/exclude', () => {
  const tree = {
    '.gitignore': '*.log\n/dist\nbuild/\n!keep.log\n',
    '.git/info/exclude': 'private\n',
    'dist/a': '',
    'p/.gitignore': '!important.log\n/local\n',
    'p/a.log': '',
    'p/important.log': '',
    'p/keep.log': '',
    'p/dist/b': '',
    'p/build/c': '',
    'p/src/build': '',
    'p/local/d': '',
    'p/src/local/e': '',
    'p/private/f': '',
    'p/src/.gitignore': '*\n!.gitignore\n!*/\n!x.ts\n',
    'p/src/x.ts': '',
    'p/src/y.ts': '',
    'p/src/deep/x.ts': '',
  };
  const inPackage = [
    'p/.gitignore',
    'p/dist/b',
    'p/important.log',
    'p/keep.log',
    'p/src/.gitignore',
    'p/src/deep/x.ts',
    'p/src/x.ts',
  ];
  expect(list(tree, 'p')).toEqual(inPackage);
  expect(list(tree, 'p/src')).toEqual(inPackage.slice(4));
  expect(list(tree)).toEqual(['.gitignore', ...inPackage]);
});

test('a deeper file takes back a folder, and only rules for the path itself count in it', () => {
  const tree = {
    '.gitignore': 'dist\n*.map\n',
    'p/.gitignore': '!/dist/\n!/a[b]*!/\n',
    'p/dist/a.js': '',
    'p/dist/a.js.map': '',
    'p/dist/dist/b.js': '',
  };
  expect(list(tree, 'p')).toEqual(['p/.gitignore', 'p/dist/a.js']);
  expect(list(tree, 'p/dist')).toEqual(['p/dist/a.js']);
});

test('in a linked work tree the exclude file of the main one counts', () => {
  const tree = {
    'main/.git/info/exclude': 'secret\n',
    'main/.git/worktrees/w/commondir': '../..\n',
    'w/.git': 'gitdir: ../main/.git/worktrees/w\n',
    'w/secret': '',
    'w/a': '',
  };
  using dir = tempDir();
  writeTree(dir.path, tree);
  expect(listFiles({ root: dir.join('w'), directory: '' })).toEqual(['a']);
});

test('a package that lies in an ignored folder still has its files', () => {
  const tree = { '.gitignore': 'generated\n', 'generated/p/a.ts': '', 'generated/p/node_modules/x': '' };
  expect(list(tree, 'generated/p')).toEqual(['generated/p/a.ts']);
});

test('letters of either case are different, on every machine', () => {
  expect(list({ '.gitignore': 'README\n', README: '', Readme: '' })).toEqual(['.gitignore', 'Readme']);
});

test('the order in which files were made does not matter', () => {
  const names = ['b', 'a', 'B', 'a.b', 'a-b', 'ab', 'é', 'e'];
  const make = (order: readonly string[]): readonly string[] =>
    list(Object.fromEntries(order.map((name) => [`${name}/x`, ''])));
  expect(make(names)).toEqual(make([...names].reverse()));
});

test('a folder of 50,000 files and one 400 levels deep are nothing special', () => {
  using dir = tempDir();
  mkdirSync(dir.join('wide'));
  for (let index = 0; index < 50_000; index += 1) writeFileSync(dir.join('wide', `f${index}`), '');
  const deep = Array.from({ length: 400 }, () => 'd').join('/');
  writeTree(dir.path, { [`deep/${deep}/x`]: '' });
  expect(listFiles({ root: dir.path, directory: 'wide' as Directory })).toHaveLength(50_000);
  expect(listFiles({ root: dir.path, directory: 'deep' as Directory })).toEqual([`deep/${deep}/x`]);
});

test('a folder that cannot be read is an error that names it', () => {
  using dir = tempDir();
  writeTree(dir.path, { 'p/ok.ts': '', 'p/locked/x.ts': '' });
  chmodSync(dir.path, 0o755);
  chmodSync(dir.join('p/locked'), 0);
  const isSuperuser = process.geteuid?.() === 0;
  if (isSuperuser) process.seteuid?.(65534);
  try {
    expect(() => listFiles({ root: dir.path, directory: 'p' as Directory })).toThrow(
      expect.objectContaining({ code: 'INPUT_UNREADABLE', message: 'cannot read the folder p/locked' }),
    );
  } finally {
    if (isSuperuser) process.seteuid?.(0);
    chmodSync(dir.join('p/locked'), 0o755);
  }
});

/** Makes a file or folder whose name ends in a byte that is not UTF-8; false where the file system refuses such names. */
function makeInvalid(path: string, make: (path: Buffer) => void = (name) => writeFileSync(name, '')): boolean {
  try {
    make(Buffer.concat([Buffer.from(path), Buffer.from([0xff])]));
    return true;
  } catch {
    return false;
  }
}

test('a name that is not valid Unicode is an error, not a file that is silently left out', () => {
  using dir = tempDir();
  if (!makeInvalid(dir.join('bad'))) return;
  expect(() => listFiles({ root: dir.path, directory: '' })).toThrow(
    expect.objectContaining({ code: 'INPUT_UNREADABLE' }),
  );
});

test('who asks for names that are not valid UTF-8 is told of those that would be selected, and gets the rest', () => {
  using dir = tempDir();
  writeTree(dir.path, {
    '.gitignore': '*.log*\ncache\n',
    'p/src/a': '',
    'p/src/\uFFFD': '',
    'p/cache/x': '',
    'p/out/x': '',
  });
  for (const file of ['p/src/b', 'p/x.log', 'p/cache/c', 'p/out/d']) if (!makeInvalid(dir.join(file))) return;
  makeInvalid(dir.join('p/src/folder'), (name) => mkdirSync(name));
  const told: string[] = [];
  const options = {
    root: dir.path,
    directory: 'p' as Directory,
    onInvalidName: (path: string) => void told.push(path),
  };
  expect(listFiles(options)).toEqual(['p/out/x', 'p/src/a', 'p/src/\uFFFD']);
  expect(told.splice(0).sort()).toEqual(['p/out/d\uFFFD', 'p/src/b\uFFFD', 'p/src/folder\uFFFD']);
  expect(matchGlobs({ ...options, globs: ['src/**'] }).files).toEqual(['p/src/a', 'p/src/\uFFFD']);
  expect(told.splice(0).sort()).toEqual(['p/src/b\uFFFD', 'p/src/folder\uFFFD']);
  expect(matchGlobs({ ...options, globs: ['src/a*', 'out/x'] }).files).toEqual(['p/out/x', 'p/src/a']);
  expect(told).toEqual([]);
});

test('of a valid and an invalid name that read the same neither is listed', () => {
  using dir = tempDir();
  writeTree(dir.path, { 'b\uFFFD': '' });
  if (!makeInvalid(dir.join('b'))) return;
  const told: string[] = [];
  expect(listFiles({ root: dir.path, directory: '', onInvalidName: (path) => void told.push(path) })).toEqual([]);
  expect(told).toEqual(['b\uFFFD', 'b\uFFFD']);
});

(hasGit ? test : test.skip)(
  'lists what git lists, whatever the .gitignore files say',
  () => {
    const segment = fc.constantFrom('a', 'b', 'dist', 'x.log', 'src', 'A');
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const rule = fc
      .tuple(
        fc.constantFrom('', '!', '!', ''),
        fc.constantFrom('', '/', '**/'),
        fc.constantFrom('a', 'dist', '*.log', 'src/*', 'a/b', '*', 'src/**', '[ab]'),
        fc.constantFrom('', '/'),
      )
      .map((parts) => parts.join(''));
    const rules = fc.array(rule, { maxLength: 4 }).map((lines) => `${lines.join('\n')}\n`);
    const tree = fc.record({
      files: fc.uniqueArray(path, { minLength: 1, maxLength: 12 }),
      root: rules,
      a: rules,
      src: rules,
    });
    fc.assert(
      fc.property(tree, ({ files, root, a, src }) => {
        using dir = tempDir();
        // A path that is a folder of another one cannot be a file too.
        const leaves = files.filter((file) => !files.some((other) => other.startsWith(`${file}/`)));
        writeTree(dir.path, Object.fromEntries(leaves.map((file) => [file, ''])));
        const ignoreFiles: Tree = {
          '.gitignore': root,
          ...(files.some((file) => file.startsWith('a/')) && { 'a/.gitignore': a }),
          ...(files.some((file) => file.startsWith('src/')) && { 'src/.gitignore': src }),
        };
        writeTree(dir.path, ignoreFiles);
        const git = (...args: string[]): string =>
          execFileSync('git', args, {
            cwd: dir.path,
            encoding: 'utf8',
            env: { PATH: process.env['PATH'], HOME: dir.path, GIT_CONFIG_NOSYSTEM: '1' },
          });
        git('init', '-q');
        const expected = git('ls-files', '-z', '-co', '--exclude-standard').split('\0').filter(Boolean).sort();
        expect(listFiles({ root: dir.path, directory: '' })).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  },
  60_000,
);
