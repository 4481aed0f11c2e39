import { readdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { createRig, monorepo, recorded, type Call, type Rig } from './rig.js';
import { WAIT, whileWaiting } from './support/gate.js';
import { notStoredReason } from './support/output.js';

const APPEND = recorded('echo more >> src/a.txt && mkdir -p dist && cp src/a.txt dist/');
const FILES = { 'packages/solo/src/a.txt': 'a\n', 'tools/tool.txt': 'tool\n' };

function rigWith(command: string, settings: Record<string, unknown> = {}): Rig {
  return createRig(monorepo({ pipeline: { build: { command, outputs: ['dist'] } }, ...settings }, FILES));
}

const notStored = (run: Pick<Call, 'stdout'>): string | undefined => notStoredReason(run, 'solo:build');

const QUESTION = '(if the task writes it, declare it as an output)';
const OWN =
  'the task writes its own input src/a.txt, which changed in its last execution, too: declare it as an output, or leave it out of the inputs';

test('a task that writes its own input is asked whether it does, and named as such once it has done so twice', async () => {
  using rig = rigWith(APPEND);
  expect(notStored(await rig.run('solo#build'))).toBe(`src/a.txt changed while the task ran ${QUESTION}`);
  for (const _time of ['second', 'third']) expect(notStored(await rig.run('solo#build'))).toBe(OWN);
});

test('an edit from outside is not taken for the task’s own, unless it comes in two executions in a row', async () => {
  using rig = rigWith(recorded(WAIT));
  let count = 0;
  const edit = (): void => rig.write({ 'packages/solo/src/a.txt': `edit ${(count += 1)}\n` });
  const changed = `src/a.txt changed while the task ran ${QUESTION}`;
  expect(notStored(await whileWaiting(rig, 'solo#build', edit))).toBe(changed);
  expect(notStored(await whileWaiting(rig, 'solo#build', () => undefined))).toBeUndefined();
  rig.write({ 'packages/solo/src/main.txt': 'other\n' });
  expect(notStored(await whileWaiting(rig, 'solo#build', edit))).toBe(changed);
  expect(notStored(await whileWaiting(rig, 'solo#build', edit))).toBe(OWN);
});

test('of two changed inputs the one that changed before, too, is named; a task that stopped writing is stored and forgotten', async () => {
  using rig = rigWith(APPEND);
  await rig.run('solo#build');
  const remembered = (): string[] =>
    readdirSync(rig.path('.velocity/tasks')).filter((name) => name.includes('changed'));
  expect(remembered()).toHaveLength(1);
  rig.write({ 'velocity.yml': rig.read('velocity.yml').replace('echo more', 'touch src/0.txt && echo more') });
  expect(notStored(await rig.run('solo#build'))).toBe(OWN);
  rig.write({ 'velocity.yml': rig.read('velocity.yml').replace('touch src/0.txt && echo more >> src/a.txt', 'true') });
  expect(notStored(await rig.run('solo#build'))).toBeUndefined();
  expect(remembered()).toEqual([]);
});

test.each<[string, string, (rig: Rig) => void]>([
  ['changed', 'global input tools/tool.txt changed while the task ran', (rig) => rig.write({ 'tools/tool.txt': 'x' })],
  ['added', 'global input tools/new.txt was added while the task ran', (rig) => rig.write({ 'tools/new.txt': 'x' })],
  [
    'written and put back',
    'global input tools/tool.txt was written while the task ran',
    (rig) => {
      rig.write({ 'tools/tool.txt': 'x' });
      rig.write({ 'tools/tool.txt': 'tool\n' });
    },
  ],
])(
  'a global input that is %s while a task runs: named, and the result is not stored',
  async (_name, reason, change) => {
    using rig = rigWith(recorded(WAIT), { global: { inputs: ['tools/**'] } });
    expect(notStored(await whileWaiting(rig, 'solo#build', () => change(rig)))).toBe(reason);
  },
);

test('after a change of a global input nothing that still runs in that run is stored, and the next run is right', async () => {
  const overrides = { 'lib#build': { command: recorded('echo x > ../../tools/tool.txt') } };
  using rig = rigWith(recorded(), { overrides, global: { inputs: ['tools/**'] } });
  const run = await rig.run('lib#build', 'solo#build', '--concurrency=1');
  const reason = 'global input tools/tool.txt changed while the task ran';
  expect([notStoredReason(run, 'lib:build'), notStored(run)]).toEqual([reason, reason]);
  expect((await rig.run('solo#build')).executed).toEqual(['solo#build']);
  expect((await rig.run('solo#build')).executed).toEqual([]);
});

test('a part of package.json that does not count is still noticed when it is written while the task runs', async () => {
  using rig = rigWith(recorded(WAIT));
  const bump = (): void =>
    rig.write({ 'packages/solo/package.json': '{"name":"solo","version":"9.0.0","dependencies":{}}' });
  expect(notStored(await whileWaiting(rig, 'solo#build', bump))).toBe(
    `package.json changed while the task ran ${QUESTION}`,
  );
});

test.each([
  ['three changed files', 'for n in 1 2 3; do echo x > src/$n; done', `src/1 was added while the task ran ${QUESTION}`],
  [
    'four, which may be the work of another program',
    'for n in 1 2 3 4; do echo x > src/$n; done',
    'src/1 was added while the task ran',
  ],
  ['a removed one, which is no output', 'rm src/a.txt', 'src/a.txt was removed while the task ran'],
  ['one and a global input', 'echo x > src/1; echo x > ../../tools/tool.txt', 'src/1 was added while the task ran'],
  ['one and a dotenv file', 'echo x > src/1; echo A=2 > .env', 'src/1 was added while the task ran'],
])('the question comes only where the task may well be the one that writes: %s', async (_name, command, reason) => {
  const pipeline = { build: { command: recorded(command), dotenv: ['.env'] } };
  using rig = createRig(
    monorepo({ pipeline, global: { inputs: ['tools/**'] } }, { ...FILES, 'packages/solo/.env': 'A=1\n' }),
  );
  expect(notStored(await rig.run('solo#build'))).toBe(reason);
});

test('validate names inputs that the task itself writes', async () => {
  const build = {
    command: 'true',
    inputs: ['src/**', 'dist/meta.json', { json: 'dist/x.json', omit: [] }, '!dist/old'],
    outputs: ['dist'],
  };
  using rig = createRig(monorepo({ pipeline: { build } }));
  const { exitCode, stderr } = await rig.velocity(['validate']);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('solo#build has dist/meta.json among its inputs and its outputs');
  expect(stderr).toContain('solo#build has dist/x.json among its inputs and its outputs');
  expect(stderr).not.toContain('src/**');
  expect(stderr).not.toContain('dist/old');
});
