import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createRig, monorepo, recorded, type Rig } from './rig.js';
import { outcomes, reasonOf } from './support/output.js';

const KEY = /^[0-9a-f]{64}\n$/;

async function keyOf(rig: Rig, task: string, env: Record<string, string> = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await rig.velocity(['hash', task], { env });
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(KEY);
  return stdout;
}

test('the same tree has the same key at another path, in another home, under other locales', async () => {
  const tree = monorepo({}, { 'packages/app/src/ä': 'a', 'packages/app/src/z': 'z', 'packages/app/src/B': 'b' });
  using here = createRig(tree);
  using there = createRig(Object.fromEntries(Object.entries(tree).toReversed()), { place: 'some/where else' });
  const keys = [
    await keyOf(here, 'app#build'),
    await keyOf(there, 'app#build'),
    await keyOf(there, 'app#build', { LC_ALL: 'sv_SE.UTF-8', LANG: 'sv_SE.UTF-8' }),
    await keyOf(there, 'app#build', { LC_ALL: 'C', TZ: 'Asia/Tokyo', CI: '1' }),
  ];
  expect(new Set(keys).size).toBe(1);
});

test('neither --only nor what else runs nor the folder changes a key', async () => {
  using rig = createRig(monorepo());
  const keysIn = async (args: readonly string[], cwd = ''): Promise<unknown> => {
    const { stdout } = await rig.velocity(['run', ...args, '--dry=json'], { cwd });
    const { tasks } = JSON.parse(stdout) as { tasks: { taskId: string; hash: string }[] };
    return tasks.find(({ taskId }) => taskId === 'app#build')?.hash;
  };
  const key = (await keyOf(rig, 'app#build')).trim();
  expect(await keysIn(['build'])).toBe(key);
  expect(await keysIn(['app#build'])).toBe(key);
  expect(await keysIn(['build', '-F', 'app', '--only'])).toBe(key);
  expect(await keysIn(['build'], 'packages/app/src')).toBe(key);
});

test('a variable that is absent, empty or set makes three keys; others make none, and its value is shown and stored nowhere', async () => {
  const SECRET = 'correct-horse-battery-staple';
  const pipeline = { build: { command: recorded('echo "mode is $#"'), env: ['MODE', 'VITE_*', '!VITE_LOCAL_*'] } };
  using rig = createRig(monorepo({ pipeline }));
  const runWith = (env: Record<string, string>) => rig.velocity(['run', 'build', '-F', 'solo'], { env });
  expect((await runWith({})).executed).toEqual(['solo#build']);
  const empty = await runWith({ MODE: '' });
  expect(reasonOf(empty, 'solo:build')).toBe('env MODE set');
  const set = await runWith({ MODE: SECRET });
  expect(reasonOf(set, 'solo:build')).toBe('env MODE changed');
  expect((await runWith({})).executed).toEqual([]);
  expect((await runWith({ MODE: '' })).executed).toEqual([]);
  expect((await runWith({ MODE: SECRET, OTHER: '1', VITE_LOCAL_X: '1' })).executed).toEqual([]);
  expect(reasonOf(await runWith({ MODE: SECRET, VITE_X: '1' }), 'solo:build')).toBe('env VITE_X set');

  const said = await Promise.all([
    rig.velocity(['hash', 'solo#build', '--json'], { env: { MODE: SECRET } }),
    rig.velocity(['run', 'build', '--dry=json'], { env: { MODE: SECRET } }),
    rig.velocity(['cache', 'ls', '--json']),
  ]);
  for (const { stdout, stderr } of [set, ...said]) expect(stdout + stderr).not.toContain(SECRET);
  for (const folder of [rig.path('.velocity'), rig.cacheDir]) {
    for (const file of filesBelow(folder)) expect(readFileSync(file, 'latin1')).not.toContain(SECRET);
  }
});

test('a key that changes and comes back finds its result again', async () => {
  using rig = createRig(monorepo());
  await rig.run('build');
  rig.write({ 'packages/lib/src/main.txt': 'other\n' });
  await rig.run('build');
  rig.write({ 'packages/lib/src/main.txt': 'source of lib\n' });
  const back = await rig.run('build');
  expect(back.executed).toEqual([]);
  expect(outcomes(back)).toEqual({ 'lib:build': 'hit local', 'app:build': 'hit local', 'solo:build': 'fresh' });
  expect(rig.read('packages/lib/dist/out.txt')).toBe('source of lib\n');
});

test('a task that was left out by --only taints nothing: what is made from old outputs is not stored', async () => {
  const build = { command: recorded('mkdir -p dist && cat src/* ../lib/dist/* > dist/out.txt'), outputs: ['dist'] };
  const lib = { command: recorded('mkdir -p dist && cat src/* > dist/out.txt') };
  const pipeline = { build: { ...build, depends_on: ['^build'] } };
  using rig = createRig(monorepo({ pipeline, overrides: { 'lib#build': lib } }));
  await rig.run('build', '-F', 'app');
  rig.write({ 'packages/lib/src/main.txt': 'new\n' });
  const only = await rig.run('build', '-F', 'app', '--only');
  expect(only.executed).toEqual(['app#build']);
  expect(only.stdout).toContain('NOT STORED');
  expect(only.stdout).toContain('lib#build was left out and is not up to date');
  const whole = await rig.run('build', '-F', 'app');
  expect(whole.executed).toEqual(['app#build', 'lib#build']);
  expect(rig.read('packages/app/dist/out.txt')).toBe('source of app\nnew\n');
  expect((await rig.run('build', '-F', 'app', '--only')).executed).toEqual([]);
});

test('the version of the tool that a language needs is part of the key', async () => {
  using rig = createRig(monorepo({ global: { toolchains: 'auto' } }));
  const { stdout } = await rig.velocity(['hash', 'lib#build', '--json']);
  const { fingerprint } = JSON.parse(stdout) as { fingerprint: { toolchains: Record<string, string> } };
  expect(fingerprint.toolchains).toEqual({ node: process.version });
});

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
