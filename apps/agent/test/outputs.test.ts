import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readTree, runProcess, type Tree } from '@velocity/testing';
import { createRig, monorepo, recorded, type Rig } from './rig.js';
import { outcomes } from './support/output.js';

/** Everything that an artifact can hold. The script is an input like any other. */
const MAKE = `
const fs = require('node:fs');
fs.mkdirSync('dist/deep/er', { recursive: true });
fs.mkdirSync('dist/empty/inner', { recursive: true });
fs.writeFileSync('dist/code.js', 'code');
fs.writeFileSync('dist/bytes', Buffer.from([0, 255, 10, 13, 195]));
fs.writeFileSync('dist/run', '#!/bin/sh\\n', { mode: 0o755 });
fs.writeFileSync('dist/nothing', '');
fs.writeFileSync('dist/deep/with space', 'space');
fs.writeFileSync('dist/deep/line\\nbreak', 'newline');
fs.writeFileSync('dist/deep/größe-日本', 'unicode');
fs.writeFileSync('dist/deep/-rf *', 'glob');
fs.writeFileSync('dist/.hidden', 'dot');
fs.symlinkSync('../code.js', 'dist/deep/link');
fs.symlinkSync('nowhere', 'dist/broken');
fs.symlinkSync('deep', 'dist/folder');
`;

function single(task: object, more: Tree = {}): Rig {
  return createRig(monorepo({ pipeline: { build: { outputs: ['dist'], ...task } } }, more));
}

const full = (): Rig => single({ command: recorded('node make.cjs') }, { 'packages/solo/make.cjs': MAKE });
const build = (rig: Rig) => rig.run('solo#build');

describe('outputs that hold everything', () => {
  test('are restored exactly: content, executable bit, links, broken links, empty folders, any name', async () => {
    using rig = full();
    expect((await build(rig)).exitCode).toBe(0);
    const made = readTree(rig.path('packages/solo'));
    expect(Object.keys(made).filter((path) => path.startsWith('dist/'))).toHaveLength(14);
    rmSync(rig.path('packages/solo/dist'), { recursive: true });
    const second = await build(rig);
    expect([second.executed, outcomes(second)]).toEqual([[], { 'solo:build': 'hit local' }]);
    expect(readTree(rig.path('packages/solo'))).toEqual(made);
    expect(outcomes(await build(rig))).toEqual({ 'solo:build': 'fresh' });
  });

  const damages: readonly [name: string, damage: (dist: string) => void][] = [
    ['a deleted file', (dist) => rmSync(`${dist}/code.js`)],
    ['an edited file of the same size', (dist) => writeFileSync(`${dist}/code.js`, 'CODE')],
    ['a lost executable bit', (dist) => chmodSync(`${dist}/run`, 0o644)],
    ['a stray file', (dist) => writeFileSync(`${dist}/deep/stray`, 'stray')],
    ['a stray empty folder', (dist) => mkdirSync(`${dist}/empty/stray`)],
    [
      'a file where a folder was',
      (dist) => (rmSync(`${dist}/empty`, { recursive: true }), writeFileSync(`${dist}/empty`, '')),
    ],
    ['a folder where a file was', (dist) => (rmSync(`${dist}/code.js`), mkdirSync(`${dist}/code.js`))],
    ['a link with another target', (dist) => (rmSync(`${dist}/broken`), symlinkSync('code.js', `${dist}/broken`))],
  ];
  test('are put right after every kind of damage, without executing anything', async () => {
    using rig = full();
    await build(rig);
    const dist = rig.path('packages/solo/dist');
    const made = readTree(rig.root);
    for (const [name, damage] of damages) {
      damage(dist);
      const run = await build(rig);
      expect([name, run.executed, outcomes(run)]).toEqual([name, [], { 'solo:build': 'hit local' }]);
      const { dist: _none, ...after } = readTree(rig.path('packages/solo'));
      expect(after).toEqual(readTree(rig.path('packages/solo')));
      expect(readTree(dist)).toEqual(subtree(made, 'packages/solo/dist/'));
    }
  });
});

test('what is right already is left where it is, whether this checkout knows it or not', async () => {
  const many =
    'mkdir -p dist/a && for i in $(seq 200); do echo "file $i" > dist/a/$i.txt; done && cat src/* > dist/main.txt';
  using rig = single({ command: recorded(many) });
  await build(rig);
  const inode = (path: string): bigint => statSync(rig.path('packages/solo/dist', path), { bigint: true }).ino;
  const before = inode('a/7.txt');
  for (const forget of [false, true]) {
    if (forget) rmSync(rig.path('.velocity'), { recursive: true });
    rig.write({ 'packages/solo/dist/a/5.txt': 'by hand\n', 'packages/solo/dist/a/stray.txt': 'x' });
    rmSync(rig.path('packages/solo/dist/a/9.txt'));
    const run = await build(rig);
    expect([run.executed, outcomes(run)]).toEqual([[], { 'solo:build': 'hit local' }]);
    expect([rig.read('packages/solo/dist/a/5.txt'), rig.read('packages/solo/dist/a/9.txt')]).toEqual([
      'file 5\n',
      'file 9\n',
    ]);
    expect(Object.keys(readTree(rig.path('packages/solo/dist')))).toHaveLength(201);
    expect(inode('a/7.txt')).toBe(before);
  }
  // Another key: the one file that differs is all that is brought in.
  rig.write({ 'packages/solo/src/main.txt': 'second\n' });
  await build(rig);
  const executed = inode('a/7.txt');
  rig.write({ 'packages/solo/src/main.txt': 'source of solo\n' });
  expect(outcomes(await build(rig))).toEqual({ 'solo:build': 'hit local' });
  expect([rig.read('packages/solo/dist/main.txt'), inode('a/7.txt')]).toEqual(['source of solo\n', executed]);
});

test.each(['dist/deep', 'dist'])(
  'a folder that became a link to a copy of itself is put back, and the copy left alone: %s',
  async (folder) => {
    using rig = full();
    await build(rig);
    const made = readTree(rig.path('packages/solo'));
    const replaced = rig.path('packages/solo', folder);
    const copy = join(dirname(rig.root), 'copy');
    cpSync(replaced, copy, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    const before = readTree(copy);
    rmSync(replaced, { recursive: true });
    symlinkSync(copy, replaced);
    const run = await build(rig);
    expect([run.executed, outcomes(run)]).toEqual([[], { 'solo:build': 'hit local' }]);
    expect(readTree(rig.path('packages/solo'))).toEqual(made);
    expect(readTree(copy)).toEqual(before);
  },
);

test('a restore touches nothing but the declared outputs', async () => {
  using rig = full();
  await build(rig);
  rig.write({ 'packages/solo/notes.txt': 'mine', 'packages/solo/dister/x': 'x', 'packages/lib/dist/y': 'y' });
  rmSync(rig.path('packages/solo/notes.txt'));
  const source = statSync(rig.path('packages/solo/src/main.txt'), { bigint: true });
  const foreign = ['packages/lib/dist/y'].map((path) => statSync(rig.path(path), { bigint: true }));
  rmSync(rig.path('packages/solo/dister'), { recursive: true });
  rmSync(rig.path('packages/solo/dist/deep'), { recursive: true });
  expect(outcomes(await build(rig))).toEqual({ 'solo:build': 'hit local' });
  expect(statSync(rig.path('packages/solo/src/main.txt'), { bigint: true })).toEqual(source);
  expect(statSync(rig.path('packages/lib/dist/y'), { bigint: true })).toEqual(foreign[0]);
});

test('a task without outputs is cached, too', async () => {
  using rig = single({ command: recorded('echo tested'), outputs: [] });
  await build(rig);
  const second = await build(rig);
  expect([second.executed, outcomes(second)]).toEqual([[], { 'solo:build': 'fresh' }]);
  rmSync(rig.path('.velocity'), { recursive: true });
  const third = await build(rig);
  expect([third.executed, outcomes(third)]).toEqual([[], { 'solo:build': 'hit local' }]);
  expect(third.stdout).toContain('tested');
});

test('an output can be one file, one that is not always there, or lie elsewhere in the workspace', async () => {
  using rig = single({
    command: recorded('echo one > one.txt && mkdir -p ../../shared/solo && echo two > ../../shared/solo/two.txt'),
    outputs: ['one.txt', 'never.txt', '$ROOT/shared/solo'],
  });
  expect((await build(rig)).exitCode).toBe(0);
  rmSync(rig.path('shared'), { recursive: true });
  rmSync(rig.path('packages/solo/one.txt'));
  expect((await build(rig)).executed).toEqual([]);
  expect([rig.read('packages/solo/one.txt'), rig.read('shared/solo/two.txt')]).toEqual(['one\n', 'two\n']);
});

test('what a negated output names is neither removed nor stored nor restored', async () => {
  using rig = single({
    command: recorded('mkdir -p dist/cache && echo out > dist/out && date +%N >> dist/cache/log'),
    outputs: ['dist/**', '!dist/cache/**'],
  });
  rig.write({ '.gitignore': 'dist\n' });
  await build(rig);
  rig.write({ 'packages/solo/src/main.txt': 'other', 'packages/solo/dist/cache/mine': 'kept' });
  await build(rig);
  const log = rig.read('packages/solo/dist/cache/log');
  expect(log.split('\n')).toHaveLength(3);
  rmSync(rig.path('packages/solo/dist/out'));
  expect((await build(rig)).executed).toEqual([]);
  expect(rig.read('packages/solo/dist/cache/mine')).toBe('kept');
  expect(rig.read('packages/solo/dist/cache/log')).toBe(log);
});

test('old outputs go before a task runs, so that what it no longer makes is not stored', async () => {
  using rig = single({ command: recorded('mkdir -p dist && for f in src/*; do cp "$f" dist/; done') });
  rig.write({ 'packages/solo/src/gone.txt': 'gone' });
  await build(rig);
  rmSync(rig.path('packages/solo/src/gone.txt'));
  await build(rig);
  rmSync(rig.path('packages/solo/dist'), { recursive: true });
  await build(rig);
  expect(Object.keys(readTree(rig.path('packages/solo/dist')))).toEqual(['main.txt']);
});

test('clean: false keeps old outputs', async () => {
  using rig = single({ command: recorded('mkdir -p dist && echo run >> dist/log'), clean: false });
  await build(rig);
  rig.write({ 'packages/solo/src/main.txt': 'other' });
  await build(rig);
  expect(rig.read('packages/solo/dist/log')).toBe('run\nrun\n');
});

test('files that git tracks are never removed: not before a run, not by clean', async () => {
  using rig = single({ command: recorded('echo new > dist/new') });
  rig.write({ 'packages/solo/dist/tracked.txt': 'tracked', 'packages/solo/dist/untracked.txt': 'untracked' });
  const git = (...args: string[]) => runProcess('git', args, { cwd: rig.root, env: { HOME: rig.home } });
  await git('init', '-q');
  await git('add', '-f', 'packages/solo/dist/tracked.txt');
  await build(rig);
  expect(readTree(rig.path('packages/solo/dist'))).toEqual({ new: 'file new\n', 'tracked.txt': 'file tracked' });
  const clean = await rig.velocity(['clean']);
  expect([clean.exitCode, clean.stdout]).toEqual([0, 'removed 1 file\n']);
  expect(readTree(rig.path('packages/solo/dist'))).toEqual({ 'tracked.txt': 'file tracked' });
});

test('a stray that git tracks survives a restore', async () => {
  using rig = single({ command: recorded('mkdir -p dist && echo new > dist/new') });
  await build(rig);
  rmSync(rig.path('packages/solo/dist'), { recursive: true });
  rig.write({ 'packages/solo/dist/tracked.txt': 'tracked', 'packages/solo/dist/stray.txt': 'stray' });
  const git = (...args: string[]) => runProcess('git', args, { cwd: rig.root, env: { HOME: rig.home } });
  await git('init', '-q');
  await git('add', '-f', 'packages/solo/dist/tracked.txt');
  expect((await build(rig)).executed).toEqual([]);
  expect(readTree(rig.path('packages/solo/dist'))).toEqual({ new: 'file new\n', 'tracked.txt': 'file tracked' });
  expect((await git('status', '--porcelain')).stdout).not.toContain('.velocity');
});

test('what cannot be restored is not stored, which does not break this build or the next', async () => {
  using rig = single({
    command: recorded(`mkdir -p dist && node -e 'fs.writeFileSync(Buffer.from("dist/\\xff", "latin1"), "")'`),
  });
  rig.write({ '.gitignore': 'dist\n' });
  for (const _time of ['first', 'second']) {
    const run = await build(rig);
    expect([run.exitCode, run.executed]).toEqual([0, ['solo#build']]);
    expect(run.stdout).toMatch(/NOT STORED .*not valid Unicode/);
  }
});

test('a pipe among the outputs is named, and nothing is stored', async () => {
  using rig = single({ command: recorded('mkdir -p dist/deep && echo x > dist/file && mkfifo dist/deep/pipe') });
  for (const _time of ['first', 'second']) {
    const run = await build(rig);
    expect([run.exitCode, run.executed]).toEqual([0, ['solo#build']]);
    expect(run.stdout).toMatch(/NOT STORED .*dist\/deep\/pipe/);
  }
});

test('a large output comes back byte for byte', async () => {
  using rig = single({ command: recorded('mkdir -p dist && head -c 30000000 /dev/urandom > dist/large') });
  await build(rig);
  const made = readFileSync(rig.path('packages/solo/dist/large'));
  rmSync(rig.path('packages/solo/dist'), { recursive: true });
  expect((await build(rig)).executed).toEqual([]);
  expect(readFileSync(rig.path('packages/solo/dist/large')).equals(made)).toBe(true);
});

function subtree(tree: Readonly<Record<string, string>>, prefix: string): Record<string, string> {
  const inside = Object.entries(tree).filter(([path]) => path.startsWith(prefix));
  return Object.fromEntries(inside.map(([path, node]) => [path.slice(prefix.length), node]));
}
