import { chmodSync, renameSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BUILD, config, createRig, monorepo, recorded, type Rig } from './rig.js';
import { outcomes, reasonOf } from './support/output.js';

const EVERYTHING = ['app#build', 'lib#build', 'solo#build'];

describe('a change and what runs again', () => {
  let rig: Rig;
  beforeAll(async () => {
    const more = { 'packages/solo/src/link': { link: 'main.txt' }, 'packages/solo/src/old.txt': 'old\n' };
    rig = createRig(monorepo({}, more));
    const first = await rig.run('build');
    expect([first.exitCode, first.executed]).toEqual([0, EVERYTHING]);
    expect(reasonOf(first, 'lib:build')).toBe('never built here');
  });
  afterAll(() => rig[Symbol.dispose]());

  test('a second run executes nothing and says so', async () => {
    const second = await rig.run('build');
    expect([second.exitCode, second.executed]).toEqual([0, []]);
    expect(outcomes(second)).toEqual({ 'lib:build': 'fresh', 'app:build': 'fresh', 'solo:build': 'fresh' });
    expect(second.stdout).toContain('FULL CACHE');
  });

  test('a changed file runs its package and those that depend on it, and no other', async () => {
    rig.write({ 'packages/lib/src/main.txt': 'other source of lib\n' });
    const run = await rig.run('build');
    expect(run.executed).toEqual(['app#build', 'lib#build']);
    expect(reasonOf(run, 'lib:build')).toBe('src/main.txt changed');
    expect(reasonOf(run, 'app:build')).toBe('dependency lib#build changed');
    expect(outcomes(run)).toMatchObject({ 'solo:build': 'fresh' });
  });

  test('touching a file runs nothing', async () => {
    utimesSync(rig.path('packages/lib/src/main.txt'), new Date(1), new Date(1));
    expect((await rig.run('build')).executed).toEqual([]);
  });

  const changes: readonly [name: string, reason: string, change: (rig: Rig) => void][] = [
    ['an added file', 'src/new.txt added', (rig) => rig.write({ 'packages/solo/src/new.txt': 'new\n' })],
    [
      'a renamed file',
      'src/other.txt added (+1 more)',
      (rig) => renameSync(rig.path('packages/solo/src/new.txt'), rig.path('packages/solo/src/other.txt')),
    ],
    ['a removed file', 'src/old.txt removed', (rig) => rmSync(rig.path('packages/solo/src/old.txt'))],
    ['chmod +x', 'src/main.txt changed its mode', (rig) => chmodSync(rig.path('packages/solo/src/main.txt'), 0o755)],
    [
      'a link with another target',
      'src/link changed',
      (rig) => {
        rmSync(rig.path('packages/solo/src/link'));
        symlinkSync('../src/main.txt', rig.path('packages/solo/src/link'));
      },
    ],
    [
      'a file that became a link with the same content',
      'src/copy.txt added',
      (rig) => symlinkSync('main.txt', rig.path('packages/solo/src/copy.txt')),
    ],
  ];
  test.each(changes)('%s runs the task again: %s', async (_name, reason, change) => {
    change(rig);
    const run = await rig.run('build');
    expect(run.executed).toEqual(['solo#build']);
    expect(reasonOf(run, 'solo:build')).toBe(reason);
  });
});

test('a same-size edit with its mtime put back is seen', async () => {
  using rig = createRig(monorepo());
  const file = rig.path('packages/solo/src/main.txt');
  utimesSync(file, new Date(1e12), new Date(1e12));
  await rig.run('build');
  await rig.run('build');
  rig.write({ 'packages/solo/src/main.txt': 'Source of solo\n' });
  utimesSync(file, new Date(1e12), new Date(1e12));
  expect((await rig.run('build')).executed).toEqual(['solo#build']);
});

describe('a change of the configuration', () => {
  const task = { command: BUILD, outputs: ['dist'] };
  const steps: readonly [reason: string, task: object, settings: object][] = [
    ['command changed', { command: `${BUILD} && true` }, {}],
    ['outputs changed', { outputs: ['dist', 'reports/**'] }, {}],
    ['project changed', {}, { project_id: 'other' }],
    ['platform changed', {}, { global: { platform: 'any' } }],
    ['configuration changed', { env: ['MODE'] }, {}],
    ['global input tools/tool.txt added', {}, { global: { platform: 'any', inputs: ['tools/**'] } }],
    ['toolchain node absent → v', {}, { global: { platform: 'any', inputs: ['tools/**'], toolchains: ['node'] } }],
  ];
  let rig: Rig;
  let now = { task: {}, settings: {} };
  beforeAll(async () => {
    rig = createRig(monorepo({ pipeline: { build: task } }, { 'tools/tool.txt': 'tool' }));
    await rig.run('build', '-F', 'solo');
  });
  afterAll(() => rig[Symbol.dispose]());

  test.each(steps)('is a reason to run: %s', async (reason, taskChange, settings) => {
    now = { task: { ...now.task, ...taskChange }, settings: { ...now.settings, ...settings } };
    rig.write({ 'velocity.yml': config({ ...now.settings, pipeline: { build: { ...task, ...now.task } } }) });
    const run = await rig.run('build', '-F', 'solo');
    expect(run.executed).toEqual(['solo#build']);
    expect(reasonOf(run, 'solo:build')).toMatch(reason);
  });

  test('is none once it was taken back', async () => {
    rig.write({ 'velocity.yml': config({ pipeline: { build: task } }) });
    expect((await rig.run('build', '-F', 'solo')).executed).toEqual([]);
  });
});

test('arguments after -- count for the named tasks only, and reach them as they are', async () => {
  const pipeline = {
    gen: { command: recorded('echo gen "$@"'), cache: true },
    build: { command: recorded('printf "<%s>\\n"'), depends_on: ['gen'] },
  };
  using rig = createRig(monorepo({ pipeline }));
  await rig.run('build', '-F', 'solo');
  const run = await rig.run('build', '-F', 'solo', '--', '--flag', 'two words', '$HOME;`x`');
  expect(run.executed).toEqual(['solo#build']);
  expect(reasonOf(run, 'solo:build')).toBe('arguments changed');
  for (const text of ['<--flag>', '<two words>', '<$HOME;`x`>']) expect(run.stdout).toContain(text);
  expect((await rig.run('build', '-F', 'solo', '--', 'two words', '--flag')).executed).toEqual(['solo#build']);
});

test('a root task with default inputs does not see what velocity itself writes', async () => {
  using rig = createRig({
    'package.json': JSON.stringify({ name: 'single' }),
    'velocity.yml': config({ pipeline: { build: { command: BUILD, outputs: ['dist'] } } }),
    'src/main.txt': 'main\n',
  });
  expect((await rig.run('build')).executed).toHaveLength(1);
  expect((await rig.run('build')).executed).toEqual([]);
});
