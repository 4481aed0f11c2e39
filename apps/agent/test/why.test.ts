import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { config, createRig, monorepo, recorded, type Rig } from './rig.js';
import { reasonOf } from './support/output.js';
import { machineAt, useGateway } from './support/remote-rig.js';

const gateway = useGateway();

interface Change {
  readonly kind: string;
  readonly name?: string;
  readonly text: string;
  readonly before?: string;
  readonly after?: string;
  readonly because?: readonly Change[];
}

interface Why {
  readonly key: string;
  readonly status: string;
  readonly reason?: string;
  readonly comparedWith?: { readonly source: string; readonly key: string; readonly createdAt: string };
  readonly changes?: readonly Change[];
}

async function whyOf(rig: Rig, task: string, ...args: string[]): Promise<Why> {
  const { exitCode, stdout, stderr } = await rig.velocity(['why', task, '--json', ...args]);
  expect([exitCode, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Why;
}

const edit = (rig: Rig, text = 'edited\n'): void => rig.write({ 'packages/solo/src/main.txt': text });
const forgetCheckout = (rig: Rig): void => rmSync(rig.path('.velocity'), { recursive: true });

test('a task that never ran, one that is fresh, one that a store has: each is told as what it is, and nothing is executed', async () => {
  using rig = createRig(monorepo());
  expect(await whyOf(rig, 'solo#build')).toMatchObject({ status: 'MISS', reason: 'never built here' });
  await rig.run('build');
  expect(await whyOf(rig, 'solo#build')).toMatchObject({ status: 'fresh', changes: [] });
  rmSync(rig.path('packages/solo/dist'), { recursive: true });
  const text = await rig.velocity(['why', 'solo#build']);
  expect(text.executed).toEqual([]);
  expect(text.stdout).toMatch(
    /^solo:build {2}hit local {2}[0-9a-f]{8}\ncompared with [0-9a-f]{8} of this checkout's last result, 20.*Z\n {2}nothing changed\n$/,
  );
});

test('every kind of change is named, with both sides where they may be shown', async () => {
  const pipeline = {
    build: { command: recorded('true'), outputs: ['dist'], env: ['MODE', 'OTHER'], dotenv: ['.env.app'] },
  };
  using rig = createRig(
    monorepo(
      { pipeline, global: { inputs: ['shared.txt'] } },
      { 'shared.txt': '1', 'packages/solo/.env.app': 'A=1\n' },
    ),
    {
      env: { MODE: 'one-secret' },
    },
  );
  await rig.run('solo#build');
  rig.write({
    'velocity.yml': config({
      pipeline: { build: { ...pipeline.build, command: recorded('false'), outputs: ['out'] } },
      global: { inputs: ['shared.txt'] },
    }),
    'shared.txt': '2',
    'packages/solo/src/new.txt': 'new',
    'packages/solo/.env.app': 'A=two-secret\n',
  });
  edit(rig);
  const { stdout } = await rig.velocity(['why', 'solo#build', '--json'], { env: { MODE: 'two-secret', OTHER: '' } });
  expect(stdout).not.toContain('secret');
  const { changes = [] } = JSON.parse(stdout) as Why;
  expect(changes.map(({ text }) => text)).toEqual([
    'src/main.txt changed',
    'src/new.txt added',
    'command changed',
    'outputs changed',
    'env MODE changed',
    'env OTHER set',
    'dotenv A changed',
    'global input shared.txt changed',
  ]);
  expect(changes[2]).toMatchObject({ before: recorded('true'), after: recorded('false') });
  expect(changes[0]).toMatchObject({
    before: expect.stringMatching(/^file [0-9a-f]{12}$/),
    after: expect.stringMatching(/^file /),
  });
  const text = await rig.velocity(['why', 'solo#build'], { env: { MODE: 'two-secret', OTHER: '' } });
  expect(text.stdout).toContain(`  command changed\n    - ${recorded('true')}\n    + ${recorded('false')}\n`);
});

test('a dependency that changed tells what changed it, down to the file', async () => {
  using rig = createRig(monorepo());
  await rig.run('build');
  rig.write({ 'packages/lib/src/main.txt': 'edited\n' });
  const { changes = [] } = await whyOf(rig, 'app#build');
  expect(changes).toMatchObject([
    { kind: 'dependency', name: 'lib#build', because: [{ text: 'src/main.txt changed' }] },
  ]);
  expect((await rig.velocity(['why', 'app#build'])).stdout).toContain(
    '  dependency lib#build changed\n    src/main.txt changed\n',
  );
});

test('without a state of this checkout, the newest result of the local store is compared with', async () => {
  using rig = createRig(monorepo());
  await rig.run('solo#build');
  edit(rig, 'the newest\n');
  await rig.run('solo#build');
  const { key } = await whyOf(rig, 'solo#build');
  forgetCheckout(rig);
  edit(rig);
  expect(await whyOf(rig, 'solo#build')).toMatchObject({
    comparedWith: { source: 'local', key },
    reason: `src/main.txt changed, against local ${key.slice(0, 8)}`,
  });
  const dry = await rig.velocity(['run', 'solo#build', '--dry']);
  expect(dry.stdout).toContain(`src/main.txt changed, against local ${key.slice(0, 8)}; would run`);
  expect(reasonOf(await rig.run('solo#build'), 'solo:build')).toBe(
    `src/main.txt changed, against local ${key.slice(0, 8)}`,
  );
});

test('on a new machine, the newest result of the remote is compared with; a reader asks, too', async () => {
  using ci = machineAt(gateway.shared.url, 'history');
  using laptop = machineAt(gateway.shared.url, 'history');
  using other = machineAt(gateway.shared.url, 'history-of-another-project');
  await ci.run('build');
  const { key } = await whyOf(ci, 'solo#build');
  edit(laptop);
  expect(await whyOf(laptop, 'solo#build')).toMatchObject({
    comparedWith: { source: 'remote', key },
    reason: `src/main.txt changed, against remote ${key.slice(0, 8)}`,
  });
  const run = await laptop.run('solo#build');
  expect(reasonOf(run, 'solo:build')).toBe(`src/main.txt changed, against remote ${key.slice(0, 8)}`);
  expect(await whyOf(other, 'solo#build')).toMatchObject({ status: 'MISS', reason: 'never built' });
  expect(await whyOf(other, 'solo#build', '--no-remote-cache')).toMatchObject({ reason: 'never built here' });
});

test('--vs compares with a key, or with a run on another machine by its summary', async () => {
  using ci = createRig(monorepo());
  using laptop = createRig(monorepo(), { place: 'elsewhere' });
  const summarized = await ci.run('solo#build', '--summarize');
  const file = summarized.stderr.trim();
  cpSync(file, laptop.path('from-ci.json'));
  edit(laptop);
  const first = await whyOf(laptop, 'solo#build', '--vs', 'from-ci.json');
  expect(first).toMatchObject({ comparedWith: { source: 'run' }, changes: [{ text: 'src/main.txt changed' }] });
  const [id = ''] = readdirSync(ci.path('.velocity/runs'));
  expect(await whyOf(ci, 'solo#build', '--vs', id.replace('.json', ''))).toMatchObject({ changes: [] });
  await laptop.run('solo#build');
  edit(laptop, 'again\n');
  expect(await whyOf(laptop, 'solo#build', '--vs', first.key.slice(0, 10))).toMatchObject({
    comparedWith: { source: 'local', key: first.key },
    changes: [{ text: 'src/main.txt changed' }],
  });
  for (const [vs, message] of [
    ['0123456789', /no entry has the key 0123456789/],
    ['no-such-run', /there is no such key, run or file/],
    ['package.json', /is not the summary of a run/],
  ] as const) {
    const { exitCode, stderr } = await laptop.velocity(['why', 'solo#build', '--vs', vs]);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(message)]);
  }
});

test('an entry that was evicted, and one that is corrupt, are told apart from one that never was', async () => {
  using rig = createRig(monorepo());
  await rig.run('solo#build');
  const { key } = await whyOf(rig, 'solo#build');
  const record = `${rig.cacheDir}/v1/local/t/ac/${key.slice(0, 2)}/${key}`;
  rmSync(rig.path('packages/solo/dist'), { recursive: true });
  rmSync(record);
  expect(await whyOf(rig, 'solo#build')).toMatchObject({ status: 'MISS', reason: 'evicted from the store' });
  forgetCheckout(rig);
  const evicted = await rig.run('solo#build');
  expect(reasonOf(evicted, 'solo:build')).toBe('evicted from the local store');
  rmSync(rig.path('packages/solo/dist'), { recursive: true });
  writeFileSync(record, '{}');
  const corrupt = await whyOf(rig, 'solo#build');
  expect(corrupt).toMatchObject({ status: 'MISS', reason: 'corrupt local entry: its record is unreadable' });
  await rig.velocity(['cache', 'clean']);
  forgetCheckout(rig);
  expect(reasonOf(await rig.run('solo#build'), 'solo:build')).toBe('never built here');
});

test('diff says in what two stored results differ', async () => {
  using rig = createRig(monorepo());
  await rig.run('solo#build');
  const before = (await whyOf(rig, 'solo#build')).key;
  edit(rig);
  await rig.run('solo#build');
  const after = (await whyOf(rig, 'solo#build')).key;
  const text = await rig.velocity(['diff', before.slice(0, 8), after]);
  expect(text.stdout).toBe(
    `${before.slice(0, 8)} (solo#build) → ${after.slice(0, 8)} (solo#build)\n  src/main.txt changed\n`,
  );
  const { stdout } = await rig.velocity(['diff', before, after, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    before: { key: before },
    after: { key: after },
    changes: [{ kind: 'input', name: 'src/main.txt' }],
  });
  expect((await rig.velocity(['diff', before, before])).stdout).toContain('nothing differs');
  const absent = await rig.velocity(['diff', before, 'f'.repeat(64)]);
  expect([absent.exitCode, absent.stderr]).toEqual([1, expect.stringContaining('no store has a readable entry')]);
});

test('names from files are shown, not obeyed', async () => {
  using rig = createRig(monorepo());
  await rig.run('solo#build');
  rig.write({ 'packages/solo/src/\u001b[2Jx\n': 'x' });
  const { stdout } = await rig.velocity(['why', 'solo#build']);
  expect(stdout).toContain('added');
  expect(stdout).not.toContain('\u001b');
});
