import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { createRig, monorepo, recorded, type Rig } from './rig.js';
import { notStoredReason, outcomes, reasonOf } from './support/output.js';

test('what is excepted from an output folder is neither stored nor an input, git ignoring it or not', async () => {
  const command = recorded('mkdir -p dist/cache && echo $$ > dist/cache/state && cat src/* > dist/out.txt');
  using rig = createRig(monorepo({ pipeline: { build: { command, outputs: ['dist/**', '!dist/cache/**'] } } }));
  expect(outcomes(await rig.run('solo#build'))).toEqual({ 'solo:build': 'ran' });
  rmSync(rig.path('packages/solo/dist'), { recursive: true });
  expect((await rig.run('solo#build')).executed).toEqual([]);
  expect(existsSync(rig.path('packages/solo/dist/cache'))).toBe(false);
  rig.write({ 'packages/solo/dist/cache/state': 'mine' });
  expect((await rig.run('solo#build')).executed).toEqual([]);
});

test('what is excepted from outputs among the sources stays an input', async () => {
  const pipeline = { build: { command: recorded(), outputs: ['src/*.gen.txt', '!src/kept.gen.txt'] } };
  using rig = createRig(monorepo({ pipeline }, { 'packages/solo/src/kept.gen.txt': 'one' }));
  await rig.run('solo#build');
  rig.write({ 'packages/solo/src/kept.gen.txt': 'two' });
  expect(reasonOf(await rig.run('solo#build'), 'solo:build')).toBe('src/kept.gen.txt changed');
});

test('inputs that name what is excepted have it', async () => {
  const pipeline = {
    build: { command: recorded(), inputs: ['dist/cache/**'], outputs: ['dist/**', '!dist/cache/**'] },
  };
  using rig = createRig(monorepo({ pipeline }, { 'packages/solo/dist/cache/state': 'one' }));
  await rig.run('solo#build');
  rig.write({ 'packages/solo/dist/cache/state': 'two' });
  expect(reasonOf(await rig.run('solo#build'), 'solo:build')).toBe('dist/cache/state changed');
});

/** Writes a file whose name ends in a byte that is not UTF-8; false where the file system refuses such names. */
function writeInvalid(rig: Rig, path: string): boolean {
  try {
    writeFileSync(Buffer.concat([Buffer.from(rig.path(path)), Buffer.from([0xff])]), 'x');
    return true;
  } catch {
    return false;
  }
}

test('a file name that is not valid UTF-8: the tasks that have it as an input run and are not stored, the others are', async () => {
  using rig = createRig(monorepo());
  await rig.run('build');
  if (!writeInvalid(rig, 'packages/lib/src/bad')) return;
  const reason = 'a file name in packages/lib/src is not valid UTF-8';
  for (const _time of ['first', 'second']) {
    const run = await rig.run('build');
    expect([run.exitCode, run.executed]).toEqual([0, ['app#build', 'lib#build']]);
    expect(reasonOf(run, 'lib:build')).toBe(reason);
    expect(notStoredReason(run, 'lib:build')).toBe(reason);
    expect(outcomes(run)).toEqual({ 'lib:build': 'NOT STORED', 'app:build': 'NOT STORED', 'solo:build': 'fresh' });
  }
  const dry = await rig.velocity(['run', 'build', '--dry']);
  expect(dry.stdout).toMatch(new RegExp(`lib:build +MISS .*${reason}`));
  rmSync(rig.path('packages/lib/src'), { recursive: true });
  rig.write({ 'packages/lib/src/main.txt': 'source of lib\n' });
  expect((await rig.run('build')).executed).toEqual([]);
});

test('such a name outside of the inputs, or in what git ignores, is nobody’s business', async () => {
  const pipeline = { build: { command: recorded(), inputs: ['src/**'] } };
  using rig = createRig(
    monorepo(
      { pipeline },
      { '.gitignore': 'ignored\n', 'packages/solo/src/ignored/x': '', 'packages/solo/other/x': '' },
    ),
  );
  if (!writeInvalid(rig, 'packages/solo/src/ignored/bad')) return;
  writeInvalid(rig, 'packages/solo/other/bad');
  await rig.run('build');
  expect((await rig.run('build')).executed).toEqual([]);
});

test('such a name among the global inputs concerns every task; one that comes while a task runs is noticed', async () => {
  using rig = createRig(monorepo({ global: { inputs: ['tools/**'] } }, { 'tools/x': '' }));
  const bad = `"$(printf 'bad\\377')"`;
  const settings = JSON.parse(rig.read('velocity.yml')) as { pipeline: Record<string, object> };
  settings.pipeline = { build: { command: recorded(`touch src/${bad} || exit 0`) } };
  rig.write({ 'velocity.yml': JSON.stringify(settings) });
  const run = await rig.run('solo#build');
  if (!writeInvalid(rig, 'tools/bad')) return;
  expect(notStoredReason(run, 'solo:build')).toBe(
    'src/bad\uFFFD was added while the task ran (if the task writes it, declare it as an output)',
  );
  const all = await rig.run('lib#build');
  expect(reasonOf(all, 'lib:build')).toBe('a file name in tools is not valid UTF-8');
});

test('such a name among the outputs: the result is not stored, and the line says why', async () => {
  const command = recorded(`mkdir -p dist && touch dist/"$(printf 'bad\\377')" || exit 0`);
  using rig = createRig(monorepo({ pipeline: { build: { command, outputs: ['dist'] } } }));
  const run = await rig.run('solo#build');
  if (!writeInvalid(rig, 'probe')) return;
  expect(run.exitCode).toBe(0);
  expect(notStoredReason(run, 'solo:build')).toContain('is not valid Unicode');
  expect((await rig.run('solo#build')).exitCode).toBe(0);
});
