import { existsSync, rmSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { readTree, runProcess } from '@velocity/testing';
import { createRig, monorepo } from './rig.js';
import { json, printed } from './support/printed.js';

test('cache gc keeps to its limits, cache clean removes everything, and both only cost a run', async () => {
  using rig = createRig(monorepo());
  await rig.run('build');
  expect(await printed(rig, 'cache', 'gc', '--max-age=1d')).toMatch(/^removed 0 entries/);
  expect(await json(rig, 'cache', 'clean', '--json')).toEqual({ removed: 3 });
  expect(await json(rig, 'cache', 'status', '--json')).toMatchObject({ entries: 0, bytes: 0 });
  expect((await rig.run('build')).executed).toEqual([]);
  rmSync(rig.path('packages/solo/dist'), { recursive: true });
  const run = await rig.run('build');
  expect(run.executed).toEqual(['solo#build']);
  expect(run.stdout).toContain('evicted from the store');
  const wrong = await rig.velocity(['cache', 'gc', '--max-size=lots']);
  expect([wrong.exitCode, wrong.stdout]).toEqual([1, '']);
  expect(wrong.stderr).toMatch(/^error .*lots/);
});

test('--cache-dir and VELOCITY_CACHE_DIR move the local store, for run and cache alike', async () => {
  using rig = createRig(monorepo());
  await rig.run('build', '--cache-dir', 'elsewhere');
  expect(await json(rig, 'cache', 'status', '--json', '--cache-dir', 'elsewhere')).toMatchObject({ entries: 3 });
  const env = { VELOCITY_CACHE_DIR: rig.path('elsewhere') };
  const { stdout } = await rig.velocity(['cache', 'status', '--json'], { env });
  expect(JSON.parse(stdout)).toMatchObject({ entries: 3 });
  expect(existsSync(rig.cacheDir)).toBe(false);
});

test('clean removes declared outputs of the selected packages, and --dry only counts them', async () => {
  using rig = createRig(monorepo());
  await rig.run('build');
  const before = readTree(rig.root);
  expect(await printed(rig, 'clean', '--dry')).toBe('would remove 3 files\n');
  expect(readTree(rig.root)).toEqual(before);
  expect(await printed(rig, 'clean', '-F', 'solo')).toBe('removed 1 file\n');
  expect([existsSync(rig.path('packages/solo/dist')), existsSync(rig.path('packages/lib/dist'))]).toEqual([
    false,
    true,
  ]);
  expect(await printed(rig, 'clean')).toBe('removed 2 files\n');
  expect((await rig.run('build')).executed).toEqual([]);
});

test('clean --dry counts what clean removes, not what git tracks', async () => {
  using rig = createRig(monorepo({}, { 'packages/solo/dist/tracked': '', 'packages/solo/dist/not': '' }));
  const options = { cwd: rig.root, env: { HOME: rig.home } };
  await runProcess('git', ['init', '-q'], options);
  await runProcess('git', ['add', '-f', 'packages/solo/dist/tracked'], options);
  expect(await printed(rig, 'clean', '--dry')).toBe('would remove 1 file\n');
});
