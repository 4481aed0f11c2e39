import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runProcess } from '@velocity/testing';
import { createRig, monorepo, recorded, type Rig } from './rig.js';
import { canMount, fill, mountReadOnly, mountTmpfs } from './support/disks.js';
import { outcomes, reasonOf } from './support/output.js';

/** Full and read-only disks are small file systems of a test's own: only root may mount them, and not in every container. */
const withMounts = canMount() ? test : test.skip;

function filesBelow(folder: string, part: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path.includes(part));
}

const UNREADABLE = /^corrupt local entry: its record is unreadable$/;

/** A checkout that knows nothing, and a store that does. */
async function builtAndForgotten(): Promise<Rig> {
  const rig = createRig(monorepo());
  await rig.run('solo#build');
  forget(rig);
  return rig;
}

function forget(rig: Rig): void {
  rmSync(rig.path('.velocity'), { recursive: true, force: true });
  rmSync(rig.path('packages/solo/dist'), { recursive: true, force: true });
}

/** The task ran, its result is right, and the next checkout gets it from the store again. */
async function expectHealed(rig: Rig): Promise<void> {
  expect(rig.read('packages/solo/dist/out.txt')).toBe('source of solo\n');
  forget(rig);
  const next = await rig.run('solo#build');
  expect([next.executed, outcomes(next)]).toEqual([[], { 'solo:build': 'hit local' }]);
}

describe('an entry that is broken is a miss with a reason, and heals', () => {
  const damages: readonly [name: string, part: string, damage: (file: string) => void, reason: RegExp][] = [
    ['a blob with a flipped byte', '/cas/', flipByte, /^corrupt local entry: .+/],
    ['a truncated blob', '/cas/', (file) => truncateSync(file, 20), /^corrupt local entry: .+/],
    ['an empty blob', '/cas/', (file) => truncateSync(file, 0), /^corrupt local entry: .+/],
    ['a blob that is gone', '/cas/', (file) => rmSync(file), /^corrupt local entry: .* gone/],
    ['a record that is no JSON', '/ac/', (file) => writeFileSync(file, '{"version": 1, '), UNREADABLE],
    ['an empty record', '/ac/', (file) => truncateSync(file, 0), UNREADABLE],
    ['a foreign record', '/ac/', (file) => writeFileSync(file, '{"version": 99}'), UNREADABLE],
  ];
  let rig: Rig;
  beforeAll(async () => {
    rig = await builtAndForgotten();
  });
  afterAll(() => rig[Symbol.dispose]());

  test.each(damages)('%s', async (_name, part, damage, reason) => {
    for (const file of filesBelow(rig.cacheDir, part)) damage(file);
    forget(rig);
    const run = await rig.run('solo#build');
    expect([run.exitCode, run.stderr, run.executed]).toEqual([0, '', ['solo#build']]);
    expect(reasonOf(run, 'solo:build')).toMatch(reason);
    await expectHealed(rig);
  });

  test('the entry of one key under the name of another', async () => {
    using rig = createRig(monorepo());
    await rig.run('build', '-F', 'solo', '-F', 'lib');
    const [one = '', other = ''] = filesBelow(rig.cacheDir, '/ac/');
    const [first, second] = [readFileSync(one), readFileSync(other)];
    writeFileSync(one, second);
    writeFileSync(other, first);
    forget(rig);
    const run = await rig.run('build', '-F', 'solo', '-F', 'lib');
    expect([run.exitCode, run.executed]).toEqual([0, ['lib#build', 'solo#build']]);
    await expectHealed(rig);
  });
});

test('damage while the outputs are still in place costs nothing', async () => {
  using rig = createRig(monorepo());
  await rig.run('solo#build');
  for (const file of filesBelow(rig.cacheDir, '/cas/')) flipByte(file);
  expect(outcomes(await rig.run('solo#build'))).toEqual({ 'solo:build': 'fresh' });
});

test.each([
  ['the index', 'index'],
  ['what is known of the tasks', 'states'],
])('garbage in %s of the workspace is forgotten', async (_name, part) => {
  using rig = createRig(monorepo());
  await rig.run('solo#build');
  for (const file of filesBelow(rig.path('.velocity'), part)) writeFileSync(file, 'garbage');
  const run = await rig.run('solo#build');
  expect([run.exitCode, run.stderr, run.executed]).toEqual([0, '', []]);
});

describe('a store that cannot be used does not fail the build', () => {
  test('a cache folder that cannot be made: one warning, and everything runs', async () => {
    using rig = createRig(monorepo());
    writeFileSync(rig.cacheDir, 'a file');
    for (const executed of [['solo#build'], ['solo#build']]) {
      const run = await rig.run('solo#build');
      expect([run.exitCode, run.stderr, run.executed]).toEqual([0, '', executed]);
      expect(run.stdout.match(/^warning .*$/gm)).toEqual([
        expect.stringMatching(/local store off for this run: .*velocity/),
      ]);
      expect(run.stdout).toContain('local off');
    }
  });

  test('a workspace that cannot keep .velocity: one warning, and everything runs', async () => {
    using rig = createRig(monorepo({}, { '.velocity': 'a file' }));
    const run = await rig.run('build', '--summarize');
    expect([run.exitCode, run.stderr, run.executed.length]).toEqual([0, '', 3]);
    expect(run.stdout.match(/^warning .*$/gm)).toEqual([
      expect.stringMatching(/nothing is restored and nothing stored: .*\.velocity/),
    ]);
    expect(readdirSync(rig.tempDir)).toEqual([]);
    expect((await rig.run('build', '--dry')).exitCode).toBe(0);
  });

  withMounts('a store on a read-only disk: one warning, and everything runs', async () => {
    using rig = await builtAndForgotten();
    using _disk = mountReadOnly(rig.cacheDir);
    const run = await rig.run('solo#build');
    expect([run.exitCode, run.stderr, run.executed]).toEqual([0, '', ['solo#build']]);
    expect(run.stdout.match(/^warning .*$/gm)).toEqual([expect.stringMatching(/local store off for this run/)]);
  });

  withMounts('a full disk below it: the build goes on, and says what was not stored', async () => {
    const command = recorded('mkdir -p dist && head -c 3000000 /dev/urandom > dist/large');
    using rig = createRig(monorepo({ overrides: { 'solo#build': { command } } }));
    using disk = mountTmpfs(rig.cacheDir, '1m');
    const run = await rig.run('build');
    expect([run.exitCode, run.stderr, run.executed.length]).toEqual([0, '', 3]);
    expect(run.stdout).toMatch(/solo:build .*NOT STORED .*no space left/);
    expect(rig.read('packages/lib/dist/out.txt')).toBe('source of lib\n');
    fill(disk.path, 0);
    forget(rig);
    const full = await rig.run('build');
    expect([full.exitCode, full.stderr]).toEqual([0, '']);
    expect(full.executed).toContain('solo#build');
  });

  withMounts('a full disk below the workspace: a task that writes nothing is still run', async () => {
    using rig = createRig({});
    using disk = mountTmpfs(rig.path('disk'), '1m');
    using inner = createRig(monorepo({ pipeline: { build: { command: recorded('seq 20000') } } }));
    await runProcess('cp', ['-r', `${inner.root}/.`, disk.path]);
    fill(disk.path, 8192);
    const run = await inner.velocity(['run', 'solo#build', '--cwd', disk.path]);
    expect([run.exitCode, run.stderr, run.executed]).toEqual([0, '', ['solo#build']]);
  });
});

test('two runs at once on one store and one workspace succeed, and leave both sound', async () => {
  using rig = createRig(
    monorepo({
      pipeline: {
        build: {
          command: recorded('mkdir -p dist && cp src/main.txt dist/'),
          outputs: ['dist'],
          depends_on: ['^build'],
        },
      },
    }),
  );
  const tree = { lib: '', app: '', solo: '' };
  for (const round of [1, 2]) {
    for (const name of Object.keys(tree)) rig.write({ [`packages/${name}/src/main.txt`]: `${name} ${round}\n` });
    using other = createRig(monorepo());
    const elsewhere = { XDG_CACHE_HOME: join(rig.cacheDir, '..') };
    const runs = await Promise.all([
      rig.run('build'),
      rig.run('build', '-F', 'app'),
      other.velocity(['run', 'build'], { env: elsewhere }),
    ]);
    expect(runs.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ]);
    rmSync(rig.path('.velocity'), { recursive: true });
    const after = await rig.run('build');
    expect([after.exitCode, after.executed]).toEqual([0, []]);
    for (const name of Object.keys(tree)) expect(rig.read(`packages/${name}/dist/main.txt`)).toBe(`${name} ${round}\n`);
  }
});

test('the folder of a run that was killed goes with the next one', async () => {
  using rig = createRig(monorepo());
  rig.write({ '.velocity/tmp/999999999/old.log': 'left behind' });
  await rig.run('solo#build');
  expect(readdirSync(rig.path('.velocity/tmp'))).toEqual([]);
});

test('the store is private to its user', async () => {
  using rig = createRig(monorepo());
  await rig.run('solo#build');
  expect(statSync(rig.cacheDir).mode & 0o077).toBe(0);
});

function flipByte(file: string): void {
  const bytes = readFileSync(file);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  writeFileSync(file, bytes);
}
