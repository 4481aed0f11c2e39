import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { createRig, monorepo, packageFiles, recorded, type Rig } from './rig.js';
import { outcomes, reasonOf } from './support/output.js';

/** Puts out what is in the sources but for comments. */
const STRIP = recorded('mkdir -p dist && cat src/* | grep -v "^#" > dist/out.txt');
const BY_OUTPUTS = { task: '^build', key: 'outputs' };

/** core <- lib <- app, each with a task that strips comments; `solo` as ever. */
function chain(dependsOn: readonly unknown[] = [BY_OUTPUTS], build: Record<string, unknown> = {}): Rig {
  const pipeline = { build: { command: STRIP, outputs: ['dist'], depends_on: dependsOn, ...build } };
  return createRig(monorepo({ pipeline }, { ...packageFiles('core'), ...packageFiles('lib', ['core']) }));
}

const comment = (rig: Rig, name: string, text: string): void =>
  rig.write({ [`packages/${name}/src/main.txt`]: `# ${text}\nsource of ${name}\n` });

test('a dependency that comes out the same does not bust its dependents, in a run as in the next', async () => {
  using rig = chain();
  expect((await rig.run('build')).executed).toHaveLength(4);
  comment(rig, 'core', 'a comment');
  const second = await rig.run('build');
  expect(second.executed).toEqual(['core#build']);
  expect(outcomes(second)).toEqual({
    'core:build': 'ran',
    'lib:build': 'fresh',
    'app:build': 'fresh',
    'solo:build': 'fresh',
  });
  const third = await rig.run('build');
  expect(third.executed).toEqual([]);
  expect(third.stdout).toContain('FULL CACHE');
});

test('a dependency that comes out otherwise busts them, and the reason names it', async () => {
  using rig = chain();
  await rig.run('build');
  rig.write({ 'packages/lib/src/main.txt': 'other\n' });
  const changed = await rig.run('build');
  expect(changed.executed).toEqual(['app#build', 'lib#build']);
  expect(reasonOf(changed, 'app:build')).toBe('dependency lib#build changed');
});

test('what lies below a dependency counts too, for a bundler follows its imports; transitive: false is for those that do not', async () => {
  const appReadsCore = recorded('mkdir -p dist && cat src/* ../core/dist/out.txt > dist/out.txt');
  const overrides = (transitive: boolean): Record<string, unknown> => ({
    'lib#build': { command: recorded('mkdir -p dist && echo always > dist/out.txt') },
    'app#build': { command: appReadsCore, depends_on: [{ ...BY_OUTPUTS, transitive }] },
  });
  for (const transitive of [true, false]) {
    const pipeline = { build: { command: STRIP, outputs: ['dist'], depends_on: [BY_OUTPUTS] } };
    const tree = monorepo(
      { pipeline, overrides: overrides(transitive) },
      { ...packageFiles('core'), ...packageFiles('lib', ['core']) },
    );
    using rig = createRig(tree);
    await rig.run('build');
    rig.write({ 'packages/core/src/main.txt': 'core changed\n' });
    const { executed } = await rig.run('build');
    expect(executed).toEqual(transitive ? ['app#build', 'core#build', 'lib#build'] : ['core#build', 'lib#build']);
    expect(rig.read('packages/app/dist/out.txt').includes('core changed')).toBe(transitive);
  }
});

test('an entry that asks for the key of a dependency wins over one that asks for its outputs', async () => {
  using rig = chain([BY_OUTPUTS, 'core#build'].slice(0, 1));
  using strict = chain(['^build']);
  for (const each of [rig, strict]) {
    await each.run('build');
    comment(each, 'core', 'a comment');
  }
  expect((await rig.run('build')).executed).toEqual(['core#build']);
  expect((await strict.run('build')).executed).toEqual(['app#build', 'core#build', 'lib#build']);
});

test('the key follows from what was put out, not from what a store that turns out broken had promised', async () => {
  using rig = chain();
  await rig.run('build');
  const before = rig.read('packages/lib/dist/out.txt');
  // The result of core goes bad, and its command no longer does what it did: only running it shows.
  rig.write({ outside: 'x' });
  const flaky = recorded('mkdir -p dist && cat "$HOME/what" > dist/out.txt');
  writeFileSync(`${rig.home}/what`, 'one\n');
  const settings = JSON.parse(rig.read('velocity.yml')) as { overrides?: unknown };
  settings.overrides = { 'core#build': { command: flaky } };
  rig.write({ 'velocity.yml': JSON.stringify(settings) });
  await rig.run('build');
  writeFileSync(`${rig.home}/what`, 'two\n');
  for (const name of ['core', 'lib', 'app']) rmSync(rig.path('packages', name, 'dist'), { recursive: true });
  await damageEntry(rig, 'core#build');
  const healed = await rig.run('build');
  expect(healed.executed).toEqual(['app#build', 'core#build', 'lib#build']);
  expect(reasonOf(healed, 'core:build')).toContain('corrupt local entry');
  expect(readFileSync(rig.path('packages/core/dist/out.txt'), 'utf8')).toBe('two\n');
  expect(rig.read('packages/lib/dist/out.txt')).toBe(before);
});

test('a dependency that is never cached counts by what it puts out, too', async () => {
  using rig = chain();
  const settings = JSON.parse(rig.read('velocity.yml')) as { overrides?: unknown };
  settings.overrides = { 'core#build': { cache: false } };
  rig.write({ 'velocity.yml': JSON.stringify(settings) });
  await rig.run('build');
  const second = await rig.run('build');
  expect(second.executed).toEqual(['core#build']);
  expect(outcomes(second)['lib:build']).toBe('fresh');
  rig.write({ 'packages/core/src/main.txt': 'core changed\n' });
  expect((await rig.run('build')).executed).toEqual(['app#build', 'core#build', 'lib#build']);
});

test('a task without a command stands for the outputs of those that it orders', async () => {
  const pipeline = {
    build: { command: STRIP, outputs: ['dist'] },
    ready: { depends_on: ['^build'] },
    test: { command: recorded(), depends_on: [{ task: 'ready', key: 'outputs' }] },
  };
  using rig = createRig(monorepo({ pipeline }));
  await rig.run('test');
  comment(rig, 'lib', 'a comment');
  expect((await rig.run('test')).executed).toEqual(['lib#build', 'lib#test']);
  rig.write({ 'packages/lib/src/main.txt': 'other\n' });
  expect((await rig.run('test')).executed).toContain('app#test');
});

test('--only takes what is left out as it stands, and stores nothing when it is not up to date', async () => {
  using rig = chain();
  await rig.run('build');
  expect((await rig.run('build', '-F', 'app', '--only')).executed).toEqual([]);
  rig.write({ 'packages/core/src/main.txt': 'core changed\n' });
  const outdated = await rig.run('build', '-F', 'app', '--only');
  expect(outdated.executed).toEqual(['app#build']);
  expect(outcomes(outdated)).toEqual({ 'app:build': 'NOT STORED' });
});

test('--dry and hash tell keys that are known, and say so of one that is not', async () => {
  using rig = chain();
  const cold = await rig.velocity(['run', 'build', '--dry']);
  expect(cold.stdout).toMatch(/lib:build +MISS +\w+ +depends on what core#build puts out/);
  await rig.run('build');
  const warm = await rig.velocity(['run', 'build', '--dry']);
  expect(warm.stdout).toMatch(/lib:build +fresh/);
  const hash = await rig.velocity(['hash', 'app#build']);
  const { tasks } = JSON.parse((await rig.velocity(['run', 'build', '--dry=json'])).stdout) as {
    tasks: { taskId: string; hash: string }[];
  };
  expect(hash.stdout.trim()).toBe(tasks.find(({ taskId }) => taskId === 'app#build')?.hash);
  comment(rig, 'core', 'a comment');
  const unknown = await rig.velocity(['hash', 'app#build']);
  expect([unknown.exitCode, unknown.stdout]).toEqual([1, '']);
  expect(unknown.stderr).toContain('core#build');
});

test('a mapping in depends_on is judged like every setting, at its place', async () => {
  using rig = chain([{ task: '^build', keys: 'outputs' }, { task: '^build', key: 'inputs' }, { task: 'a b#' }, 7]);
  const { exitCode, stderr } = await rig.velocity(['validate']);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/velocity\.yml:\d+:\d+: pipeline\.build\.depends_on\[0\]: unknown key "keys"/);
  expect(stderr).toContain('pipeline.build.depends_on[1].key: expected outputs, found "inputs"');
  expect(stderr).toContain('pipeline.build.depends_on[2].task: "a b#" is not a dependency');
  expect(stderr).toContain('pipeline.build.depends_on[3]: expected a task, or a mapping with task and key, found 7');
});

/** Flips a byte of every blob of a task's stored results. */
async function damageEntry(rig: Rig, task: string): Promise<void> {
  const { stdout } = await rig.velocity(['cache', 'ls', '--json']);
  const entries = JSON.parse(stdout) as { task: string; blobs: { digest: string }[] }[];
  for (const { blobs } of entries.filter((entry) => entry.task === task)) {
    for (const { digest } of blobs) {
      const file = `${rig.cacheDir}/v1/local/t/cas/${digest.slice(0, 2)}/${digest}`;
      const bytes = readFileSync(file);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      writeFileSync(file, bytes);
    }
  }
}
