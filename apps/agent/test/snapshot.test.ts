import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runProcess } from '@velocity/testing';
import { BUILD, config, createRig, monorepo, packageFiles, recorded, type Call, type Rig } from './rig.js';
import { copyOfBundle, type Bundle } from './support/bundle.js';
import { outcomes } from './support/output.js';

let launcherAlone: Bundle;
beforeAll(async () => {
  launcherAlone = await copyOfBundle('agent');
  for (const part of ['program.js', 'resume.js']) rmSync(join(dirname(launcherAlone.program), part));
}, 60_000);
afterAll(() => launcherAlone[Symbol.dispose]());

const FRESH = { 'lib:build': 'fresh', 'app:build': 'fresh', 'solo:build': 'fresh' };
const COMMAND = ['run', 'build'];

function snapshots(rig: Rig): string[] {
  const folder = rig.path('.velocity/snapshots');
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** A workspace whose last run found everything in place. */
async function settled(rig: Rig): Promise<Rig> {
  await rig.run('build');
  expect(outcomes(await rig.run('build'))).toEqual(FRESH);
  expect(snapshots(rig)).toHaveLength(1);
  return rig;
}

/** Runs without the part of the agent that plans: all that can work is to tell the last run again. */
async function replay(
  rig: Rig,
  env: Record<string, string> = {},
  command: readonly string[] = COMMAND,
): Promise<{ readonly isReplayed: boolean; readonly stdout: string }> {
  const environment = {
    HOME: rig.home,
    XDG_CACHE_HOME: dirname(rig.cacheDir),
    TMPDIR: rig.tempDir,
    RECORD: rig.path('../executions'),
    ...env,
  };
  const { exitCode, stdout } = await runProcess(process.execPath, [launcherAlone.program, ...command], {
    cwd: rig.root,
    env: environment,
  });
  return { isReplayed: exitCode === 0, stdout };
}

test('a run that found everything in place is told again, line by line, without being planned', async () => {
  using rig = await settled(createRig(monorepo()));
  const planned = await rig.run('build');
  const again = await replay(rig);
  expect(again.isReplayed).toBe(true);
  const withoutTime = (text: string): string => text.replace(/ Time .*/, '');
  expect(withoutTime(again.stdout).split('\n').sort()).toEqual(withoutTime(planned.stdout).split('\n').sort());
  expect(again.stdout).toContain('FULL CACHE');
});

type Change = (rig: Rig) => void;
const source = 'packages/lib/src/main.txt';
const changes: readonly [name: string, change: Change, executed: readonly string[]][] = [
  ['an edit', (rig) => rig.write({ [source]: 'edited\n' }), ['app#build', 'lib#build']],
  [
    'an edit of the same size whose time is put back',
    (rig) => {
      const { atime, mtime } = statSync(rig.path(source));
      writeFileSync(rig.path(source), 'SOURCE OF LIB\n');
      utimesSync(rig.path(source), atime, mtime);
    },
    ['app#build', 'lib#build'],
  ],
  ['an executable bit', (rig) => chmodSync(rig.path(source), 0o755), ['app#build', 'lib#build']],
  ['a new file', (rig) => rig.write({ 'packages/solo/src/new.txt': 'new' }), ['solo#build']],
  ['a file less', (rig) => rmSync(rig.path('packages/solo/src/more.txt')), ['solo#build']],
  [
    'a file that is renamed',
    (rig) => renameSync(rig.path('packages/solo/src/more.txt'), rig.path('packages/solo/src/less.txt')),
    ['solo#build'],
  ],
  ['a file in a folder that was empty', (rig) => rig.write({ 'packages/solo/empty/x.txt': 'x' }), ['solo#build']],
  [
    'a file that becomes a link to the same content',
    (rig) => {
      renameSync(rig.path('packages/solo/src/more.txt'), rig.path('node_modules-more.txt'));
      symlinkSync('../../../node_modules-more.txt', rig.path('packages/solo/src/more.txt'));
    },
    ['solo#build'],
  ],
  ['a dependency', (rig) => rig.write(packageFiles('solo', ['lib'])), ['solo#build']],
  [
    'a lockfile',
    (rig) => rig.write({ 'package-lock.json': '{"lockfileVersion": 3, "packages": {}}' }),
    ['app#build', 'lib#build', 'solo#build'],
  ],
  ['a file that git no longer ignores', (rig) => rig.write({ '.gitignore': 'dist\n' }), ['solo#build']],
  [
    'a .gitignore where there was none',
    (rig) => rig.write({ 'packages/solo/.gitignore': 'src/more.txt\n' }),
    ['solo#build'],
  ],
  ['a package more', (rig) => rig.write(packageFiles('more')), ['more#build']],
  [
    'configuration',
    (rig) => rig.write({ 'velocity.yml': rig.read('velocity.yml').replace('"dist"', '"dist", "out"') }),
    ['app#build', 'lib#build', 'solo#build'],
  ],
  [
    'a configuration of a package',
    (rig) => rig.write({ 'packages/solo/velocity.yml': 'version: 1\npipeline: { build: { env: [X] } }\n' }),
    ['solo#build'],
  ],
  ['a variable of a dotenv file', (rig) => rig.write({ 'packages/solo/.env.build': 'A=2\n' }), ['solo#build']],
  ['a global input', (rig) => rig.write({ 'shared.txt': '2' }), ['app#build', 'lib#build', 'solo#build']],
];

const OUTPUT_CHANGES: readonly [name: string, change: Change][] = [
  ['an output that was edited by hand', (rig) => rig.write({ 'packages/solo/dist/out.txt': 'by hand\n' })],
  ['an output that was deleted', (rig) => rmSync(rig.path('packages/solo/dist/out.txt'))],
  ['outputs that were deleted', (rig) => rmSync(rig.path('packages/solo/dist'), { recursive: true })],
  ['a stray among the outputs', (rig) => rig.write({ 'packages/solo/dist/stray.txt': 'x' })],
  ['an empty folder among the outputs', (rig) => mkdirSync(rig.path('packages/solo/dist/empty'))],
];

/** As {@link monorepo}, with something for every change to be about. */
function tree(): Rig {
  const pipeline = { build: { command: BUILD, outputs: ['dist'], depends_on: ['^build'] } };
  const settings = {
    pipeline,
    global: { inputs: ['shared.txt'] },
    overrides: { 'solo#build': { dotenv: ['.env.build'] } },
  };
  const rig = createRig(
    monorepo(
      {},
      {
        'velocity.yml': config(settings),
        'shared.txt': '1',
        '.gitignore': 'dist\npackages/solo/src/hidden.txt\n',
        'packages/solo/src/more.txt': 'more\n',
        'packages/solo/src/hidden.txt': 'hidden\n',
        'packages/solo/.env.build': 'A=1\n',
      },
    ),
  );
  mkdirSync(rig.path('packages/solo/empty'));
  return rig;
}

test.each(changes)('%s is noticed', async (_name, change, executed) => {
  using rig = await settled(tree());
  expect((await replay(rig)).isReplayed).toBe(true);
  change(rig);
  expect((await replay(rig)).isReplayed).toBe(false);
  expect((await rig.run('build')).executed).toEqual(executed);
});

test.each(OUTPUT_CHANGES)('%s is noticed and put right', async (_name, change) => {
  using rig = await settled(tree());
  change(rig);
  expect((await replay(rig)).isReplayed).toBe(false);
  const run = await rig.run('build');
  expect([run.executed, outcomes(run)['solo:build']]).toEqual([[], 'hit local']);
  expect(readdirSync(rig.path('packages/solo/dist'))).toEqual(['out.txt']);
  expect(rig.read('packages/solo/dist/out.txt')).toContain('source of solo\n');
});

test('what changes nothing is seen to change nothing: files that were only touched, sessions, other folders', async () => {
  using rig = await settled(tree());
  const now = new Date();
  for (const path of [source, 'packages/solo/dist/out.txt', 'velocity.yml', 'packages/solo/package.json']) {
    utimesSync(rig.path(path), now, now);
  }
  rig.write({ 'node_modules/x/index.js': 'x', '.velocity/x': '' });
  rmSync(rig.path('node_modules'), { recursive: true });
  expect((await replay(rig, { TERM: 'xterm', SHLVL: '3', PWD: '/' })).isReplayed).toBe(true);
});

test('another environment is another run: a declared variable, a flag in a variable, another PATH', async () => {
  using rig = await settled(
    createRig(
      monorepo({ pipeline: { build: { command: BUILD, outputs: ['dist'], depends_on: ['^build'], env: ['MODE'] } } }),
    ),
  );
  expect((await replay(rig)).isReplayed).toBe(true);
  for (const env of [{ MODE: 'x' }, { VELOCITY_FORCE: 'true' }, { CI: '1' }]) {
    expect((await replay(rig, env)).isReplayed).toBe(false);
  }
  expect((await rig.velocity(['run', 'build'], { env: { MODE: 'x' } })).executed).toHaveLength(3);
});

test('a tool of another version is noticed', async () => {
  const tool = (version: string): string => `#!/bin/sh\necho ${version}\n`;
  using rig = createRig({ ...monorepo({ global: { toolchains: ['sometool'] } }), 'bin/sometool': tool('1.0.0') });
  chmodSync(rig.path('bin/sometool'), 0o755);
  const env = { PATH: `${rig.path('bin')}:${process.env['PATH'] ?? ''}` };
  const run = (): Promise<Call> => rig.velocity(COMMAND, { env });
  await run();
  expect(outcomes(await run())).toEqual(FRESH);
  expect((await replay(rig, env)).isReplayed).toBe(true);
  // Outside of everything that the run looked at: only asking shows it.
  writeFileSync(rig.path('bin/sometool'), tool('2.0.0'));
  expect((await replay(rig, env)).isReplayed).toBe(false);
  expect((await run()).executed).toHaveLength(3);
});

test.each(['--dry', '--dry=json'])('what %s printed is printed again while everything is in place', async (flag) => {
  using rig = await settled(createRig(monorepo()));
  const command = ['run', 'build', flag];
  const first = await rig.velocity(command);
  expect(first.stdout).toContain(flag === '--dry' ? 'fresh' : '"HIT"');
  const again = await replay(rig, {}, command);
  expect([again.isReplayed, again.stdout]).toEqual([true, first.stdout]);
  rig.write({ [source]: 'edited\n' });
  expect((await replay(rig, {}, command)).isReplayed).toBe(false);
  const changed = await rig.velocity(command);
  expect(changed.stdout).toContain(flag === '--dry' ? 'src/main.txt changed' : '"MISS"');
  expect((await replay(rig, {}, command)).isReplayed).toBe(false);
});

test('a run that was forced, partial or without reading leaves no snapshot', async () => {
  using rig = createRig(monorepo());
  await rig.run('build', '--force');
  await rig.run('build', '--no-cache');
  await rig.run('build', '--cache=local:w');
  await rig.run('build', '-F', 'app', '--only');
  await rig.run('build', '--summarize');
  expect(snapshots(rig)).toEqual([]);
  using failing = createRig(monorepo({ pipeline: { build: { command: recorded('false') } } }));
  await failing.run('build');
  await failing.run('build');
  expect(snapshots(failing)).toEqual([]);
});

test.each([
  ['damaged', (file: string) => writeFileSync(file, readFileSync(file).fill(1, 200, 210))],
  ['cut off', (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 1000))],
  ['empty', (file: string) => writeFileSync(file, '')],
  ['something else', (file: string) => writeFileSync(file, 'velocity-snapshot 9 \n{}')],
])('a snapshot that is %s counts as none, and the next run writes a good one', async (_name, damage) => {
  using rig = await settled(createRig(monorepo()));
  const [name = ''] = snapshots(rig);
  damage(rig.path('.velocity/snapshots', name));
  expect((await replay(rig)).isReplayed).toBe(false);
  expect(outcomes(await rig.run('build'))).toEqual(FRESH);
  expect((await replay(rig)).isReplayed).toBe(true);
});

test('only a few snapshots are kept', async () => {
  using rig = await settled(createRig(monorepo()));
  for (let index = 0; index < 10; index++) await rig.velocity(COMMAND, { env: { CI: String(index + 1) } });
  expect(snapshots(rig)).toHaveLength(8);
});
