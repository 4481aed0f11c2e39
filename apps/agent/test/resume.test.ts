import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runProcess } from '@velocity/testing';
import { BUILD, createRig, monorepo, packageFiles, recorded, type Rig } from './rig.js';
import { copyOfBundle, type Bundle } from './support/bundle.js';
import { events, outcomes, reasonOf } from './support/output.js';

let withoutPlanner: Bundle;
beforeAll(async () => {
  withoutPlanner = await copyOfBundle('agent');
  rmSync(join(dirname(withoutPlanner.program), 'program.js'));
}, 60_000);
afterAll(() => withoutPlanner[Symbol.dispose]());

/** Runs without the part of the agent that plans in full. */
async function resume(rig: Rig): Promise<{ readonly exitCode: number | null; readonly stdout: string }> {
  const env = { HOME: rig.home, XDG_CACHE_HOME: dirname(rig.cacheDir), TMPDIR: rig.tempDir };
  const record = { RECORD: rig.path('../executions') };
  return runProcess(process.execPath, [withoutPlanner.program, 'run', 'build'], {
    cwd: rig.root,
    env: { ...env, ...record },
  });
}

const CONCATENATE = recorded('mkdir -p dist && find src -type f | sort | xargs cat > dist/out.txt && echo done');

/** Tasks `check` beside `build`, whose inputs are all files of the package; and packages enough for a graph. */
function workspace(): Rig {
  const pipeline = {
    build: { command: CONCATENATE, inputs: ['src/**', 'package.json'], outputs: ['dist'], depends_on: ['^build'] },
    check: { command: recorded('ls -R src > report.txt'), outputs: ['report.txt'], depends_on: ['build'] },
  };
  return createRig(
    monorepo(
      { pipeline, global: { inputs: ['shared.txt'] } },
      { ...packageFiles('web', ['app', 'solo']), 'shared.txt': '1', '.gitignore': '*.log\n' },
    ),
  );
}

test('what changed is planned again, and only what that concerns is carried out', async () => {
  using rig = workspace();
  await rig.run('build');
  rig.write({ 'packages/solo/src/main.txt': 'edited\n' });
  const run = await resume(rig);
  expect(run.exitCode).toBe(0);
  expect(rig.executions().sort()).toEqual(['solo#build', 'web#build']);
  expect(outcomes(run)).toEqual({
    'lib:build': 'fresh',
    'app:build': 'fresh',
    'solo:build': 'ran',
    'web:build': 'ran',
  });
  expect(reasonOf(run, 'solo:build')).toBe('src/main.txt changed');
  expect(run.stdout).toContain('4 ok');
  rmSync(rig.path('packages/lib/dist'), { recursive: true });
  const restored = await resume(rig);
  expect([restored.exitCode, rig.executions()]).toEqual([0, []]);
  expect(outcomes(restored)['lib:build']).toBe('hit local');
  expect(Object.values(outcomes(await resume(rig)))).toEqual(['fresh', 'fresh', 'fresh', 'fresh']);
});

test('a run that executed everything is one to go on from', async () => {
  using rig = workspace();
  expect((await rig.run('build')).executed).toHaveLength(4);
  expect(Object.values(outcomes(await resume(rig)))).toEqual(['fresh', 'fresh', 'fresh', 'fresh']);
});

test('a task that fails is told, and what was in place before stays known', async () => {
  using rig = createRig(
    monorepo({ pipeline: { build: { command: recorded('! grep -q bad src/main.txt'), outputs: [] } } }),
  );
  await rig.run('build');
  rig.write({ 'packages/solo/src/main.txt': 'bad\n' });
  expect((await resume(rig)).exitCode).toBe(1);
  expect((await resume(rig)).exitCode).toBe(1);
  expect(rig.executions()).toEqual(['solo#build', 'solo#build']);
  rig.write({ 'packages/solo/src/main.txt': 'good\n' });
  expect((await resume(rig)).exitCode).toBe(0);
});

test('where the memory of the plan is damaged the run is planned in full, and one that needs none is told again', async () => {
  using rig = workspace();
  await rig.run('build');
  await rig.run('build');
  const [name = ''] = readdirSync(rig.path('.velocity/snapshots'));
  const file = rig.path('.velocity/snapshots', name);
  const data = readFileSync(file);
  writeFileSync(file, data.fill(1, data.byteLength - 20));
  expect((await resume(rig)).exitCode).toBe(0);
  rig.write({ 'packages/solo/src/main.txt': 'edited\n' });
  expect((await resume(rig)).exitCode).not.toBe(0);
  expect((await rig.run('build')).executed).toEqual(['solo#build', 'web#build']);
  rig.write({ 'packages/lib/src/main.txt': 'edited\n' });
  expect((await resume(rig)).exitCode).toBe(0);
});

test('neither the token nor the values of dotenv files are in the snapshot', async () => {
  const token = 'canary-4af3c0ffee';
  const value = 'canary-5ecret';
  const remote = { enabled: true, url: 'http://127.0.0.1:9', token: '${MY_TOKEN}', timeout: '100ms' };
  const pipeline = { build: { command: BUILD, outputs: ['dist'], dotenv: ['.env'] } };
  using rig = createRig(monorepo({ remote, pipeline }, { 'packages/lib/.env': `SECRET=${value}\n` }), {
    env: { MY_TOKEN: token },
  });
  await rig.run('build', '--no-remote-cache');
  const folder = rig.path('.velocity/snapshots');
  const files = readdirSync(folder);
  expect(files).toHaveLength(1);
  for (const file of files) {
    const content = readFileSync(join(folder, file)).toString('latin1');
    expect([content.includes(token), content.includes(value)]).toEqual([false, false]);
  }
  rig.write({ 'packages/lib/src/main.txt': 'edited\n' });
  expect((await rig.run('build', '--no-remote-cache')).executed).toEqual(['lib#build']);
});

interface Finished {
  readonly task: string;
  readonly key: string;
}

/** The same numbers for the same seed (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Edit = (rig: Rig, random: () => number, step: number) => void;
const PACKAGES = ['lib', 'app', 'solo', 'web'];

function anyPackage(random: () => number): string {
  return PACKAGES[Math.floor(random() * PACKAGES.length)] ?? 'lib';
}

/** Of a package; undefined where it has none to spare. */
function anySource(rig: Rig, random: () => number): string | undefined {
  const folder = `packages/${anyPackage(random)}/src`;
  const names = readdirSync(rig.path(folder)).filter((name) => name !== 'main.txt');
  const name = names[Math.floor(random() * names.length)];
  return name === undefined ? undefined : `${folder}/${name}`;
}

const EDITS: readonly Edit[] = [
  (rig, random, step) => rig.write({ [`packages/${anyPackage(random)}/src/main.txt`]: `step ${step}\n` }),
  (rig, random, step) => rig.write({ [`packages/${anyPackage(random)}/src/new-${step % 5}.txt`]: `${step}\n` }),
  (rig, random) => {
    const path = anySource(rig, random);
    if (path !== undefined) rmSync(rig.path(path));
  },
  (rig, random, step) => {
    const path = anySource(rig, random);
    if (path !== undefined) renameSync(rig.path(path), rig.path(dirname(path), `moved-${step}.txt`));
  },
  (rig, random) => chmodSync(rig.path('packages', anyPackage(random), 'src/main.txt'), random() < 0.5 ? 0o755 : 0o644),
  (rig, random) => {
    const path = rig.path('packages', anyPackage(random), 'src/main.txt');
    utimesSync(path, new Date(), new Date());
  },
  (rig, random, step) => rig.write({ [`packages/${anyPackage(random)}/notes-${step % 3}.md`]: `${step}` }),
  (rig, random) => rig.write({ [`packages/${anyPackage(random)}/debug.log`]: `${random()}` }),
  (rig, random) => rmSync(rig.path('packages', anyPackage(random), 'dist'), { recursive: true, force: true }),
  (rig, random) => rig.write({ [`packages/${anyPackage(random)}/dist/out.txt`]: 'by hand' }),
  (rig, random) => rig.write({ [`packages/${anyPackage(random)}/dist/stray-file`]: 'x' }),
  (rig, random) => rmSync(rig.path('packages', anyPackage(random), 'report.txt'), { force: true }),
  (rig, random, step) => {
    if (random() < 0.3) rig.write({ 'shared.txt': String(step) });
  },
  (rig, random, step) => {
    if (random() < 0.3) rig.write({ '.gitignore': `*.log\nignored-${step % 2}\n` });
  },
  (rig, random, step) => {
    if (random() < 0.3) rig.write({ [`packages/${anyPackage(random)}/.gitignore`]: `notes-${step % 3}.md\n` });
  },
  (rig, random, step) => {
    if (random() < 0.3) rig.write({ [`packages/${anyPackage(random)}/src/deep-${step % 2}/x.txt`]: `${step}` });
  },
];

test.each([1, 2, 3])(
  'after any edits the keys are those of a plan from scratch, and nothing is left to do (%i)',
  async (seed) => {
    using rig = workspace();
    const random = seededRandom(seed);
    const run = ['run', 'check', '--json'];
    await rig.velocity(run);
    for (let step = 0; step < 14; step++) {
      const count = 1 + Math.floor(random() * 3);
      for (let edit = 0; edit < count; edit++) EDITS[Math.floor(random() * EDITS.length)]?.(rig, random, step);
      const planned = JSON.parse((await rig.velocity(['run', 'check', '--dry=json'])).stdout) as {
        tasks: { taskId: string; hash: string }[];
      };
      const result = await rig.velocity(run);
      expect(result.exitCode).toBe(0);
      const told = events(result).flatMap(({ type, result: of }) => (type === 'task-finished' ? [of as Finished] : []));
      const keys = Object.fromEntries(told.map(({ task, key }) => [task, key]));
      expect(keys).toEqual(
        Object.fromEntries(planned.tasks.map(({ taskId, hash }) => [taskId.replace('#', ':'), hash])),
      );
      for (const name of PACKAGES) {
        expect(existsSync(rig.path('packages', name, 'dist/stray-file'))).toBe(false);
        expect(rig.read(`packages/${name}/dist/out.txt`)).toContain(rig.read(`packages/${name}/src/main.txt`));
      }
      expect((await rig.velocity(run)).executed).toEqual([]);
    }
  },
  120_000,
);
