import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createRig, monorepo, recorded, type Rig } from './rig.js';
import { notStoredReason, outputOf, reasonOf } from './support/output.js';
import { WAIT, whileWaiting } from './support/gate.js';

const SHOW = recorded('echo "A=$A B=$B"');

function rigWith(files: Record<string, string>, task: object = {}, global: object = {}): Rig {
  return createRig(monorepo({ pipeline: { show: { command: SHOW, dotenv: ['.env'], ...task } }, global }, files));
}

async function reason(rig: Rig): Promise<string | undefined> {
  const run = await rig.run('solo#show');
  expect(run.exitCode).toBe(0);
  return reasonOf(run, 'solo:show');
}

test('comments, order, blank lines and quoting of a dotenv file do not count; neither does its being empty or not there', async () => {
  using rig = rigWith({});
  await reason(rig);
  rig.write({ 'packages/solo/.env': '' });
  expect(await reason(rig)).toBeUndefined();
  rig.write({ 'packages/solo/.env': 'A=1\nB=two words\n' });
  expect(await reason(rig)).toBe('dotenv A set (+1 more)');
  rig.write({ 'packages/solo/.env': '# a comment\nexport B="two words"\n\nA=1 # one\n' });
  expect(await reason(rig)).toBeUndefined();
  rig.write({ 'packages/solo/.env': 'A=1\n' });
  expect(await reason(rig)).toBe('dotenv B unset');
  rmSync(rig.path('packages/solo/.env'));
  expect(await reason(rig)).toBeUndefined();
});

test('a variable that is changed, added or removed counts, and is named without its value', async () => {
  const secret = 'correct-horse-battery-staple';
  using rig = rigWith({ 'packages/solo/.env': 'A=1\n' }, { command: recorded('true') });
  await reason(rig);
  rig.write({ 'packages/solo/.env': `A=${secret}\n` });
  expect(await reason(rig)).toBe('dotenv A changed');
  rig.write({ 'packages/solo/.env': `A=${secret}\nB=\n` });
  expect(await reason(rig)).toBe('dotenv B set');
  rig.write({ 'packages/solo/.env': `A=${secret}\n` });
  expect((await rig.run('solo#show')).executed).toEqual([]);
  const said = await rig.velocity(['hash', 'solo#show', '--json']);
  expect(said.stdout).toContain('"dotenv"');
  expect(said.stdout).not.toContain(secret);
  for (const folder of [rig.path('.velocity'), rig.cacheDir]) {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { parentPath, name } of files) {
      expect(readFileSync(join(parentPath, name), 'latin1')).not.toContain(secret);
    }
  }
});

test('of global dotenv files the variables count for every task', async () => {
  using rig = rigWith({ '.env.all': 'A=1\n' }, { dotenv: [] }, { dotenv: ['.env.all'] });
  await reason(rig);
  rig.write({ '.env.all': '# nothing new\nA=1\n' });
  expect(await reason(rig)).toBeUndefined();
  rig.write({ '.env.all': 'A=2\n' });
  expect(await reason(rig)).toBe('dotenv A changed');
  expect(outputOf(await rig.run('solo#show', '--force'), 'solo:show')).toEqual(['A=2 B=']);
});

test.each<[string, object, boolean]>([
  ['with default inputs it does not', {}, false],
  ['matched by a wildcard it does not', { inputs: ['**'] }, false],
  ['named among the inputs it does', { inputs: ['src/**', '.env'] }, true],
  ['not loaded it is a file like any other', { dotenv: [] }, true],
])('whether a dotenv file counts by its bytes: %s', async (_name, task, counts) => {
  using rig = rigWith({ 'packages/solo/.env': 'A=1\n' }, task);
  await reason(rig);
  rig.write({ 'packages/solo/.env': 'A=1 # a comment\n' });
  expect(await reason(rig)).toBe(counts ? '.env changed' : undefined);
});

test('a variable that changes while the task runs is named, and the result is not stored', async () => {
  using rig = rigWith({ 'packages/solo/.env': 'A=1\n' }, { command: recorded(WAIT) });
  const edited = await whileWaiting(rig, 'solo#show', () => rig.write({ 'packages/solo/.env': 'A=2\n' }));
  expect(notStoredReason(edited, 'solo:show')).toBe('dotenv A changed while the task ran');
});

test('a dotenv file that is written and put back while the task runs is noticed', async () => {
  using rig = rigWith({ '.env.all': 'A=1\n' }, { command: recorded(WAIT), dotenv: ['$ROOT/.env.all'] });
  const edited = await whileWaiting(rig, 'solo#show', () => {
    rig.write({ '.env.all': 'A=2\n' });
    rig.write({ '.env.all': 'A=1\n' });
  });
  expect(notStoredReason(edited, 'solo:show')).toBe('$ROOT/.env.all was written while the task ran');
});

test('a dotenv file that another task writes: its variables are seen, and the result is stored once they are those of the key', async () => {
  const pipeline = {
    pull: { command: recorded('echo "A=pulled" > .env'), cache: false, inputs: ['src/**'] },
    show: { command: SHOW, dotenv: ['.env'], depends_on: ['pull'] },
  };
  using rig = createRig(monorepo({ pipeline }));
  const first = await rig.run('solo#show');
  expect(outputOf(first, 'solo:show')).toEqual(['A=pulled B=']);
  expect(notStoredReason(first, 'solo:show')).toBe('dotenv A changed while the task ran');
  expect((await rig.run('solo#show')).executed).toEqual(['solo#pull', 'solo#show']);
  const third = await rig.run('solo#show');
  expect([third.executed, outputOf(third, 'solo:show')]).toEqual([['solo#pull'], ['A=pulled B=']]);
});
