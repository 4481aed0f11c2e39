import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createRig, monorepo, recorded, type Rig } from './rig.js';
import { outcomes } from './support/output.js';

/** Long enough for the other run to come to it meanwhile; the shorter of the two decides nothing. */
const SLOW = { build: { command: recorded('mkdir -p dist && sleep 2 && echo made > dist/out'), outputs: ['dist'] } };

const slow = (): Rig => createRig(monorepo({ pipeline: SLOW }));
const locks = (rig: Rig): string[] =>
  existsSync(join(rig.cacheDir, 'locks')) ? readdirSync(join(rig.cacheDir, 'locks')) : [];

test('two runs of two checkouts at once share one execution', async () => {
  using first = slow();
  using second = slow();
  const env = { XDG_CACHE_HOME: join(first.cacheDir, '..') };
  const runs = await Promise.all([
    first.velocity(['run', 'solo#build']),
    second.velocity(['run', 'solo#build'], { env }),
  ]);
  expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect([...first.executions(), ...second.executions()]).toHaveLength(0);
  expect(runs.flatMap(({ executed }) => executed)).toEqual(['solo#build']);
  expect(runs.map((run) => outcomes(run)['solo:build'])).toEqual(expect.arrayContaining(['hit local', 'ran']));
  for (const rig of [first, second]) expect(rig.read('packages/solo/dist/out')).toBe('made\n');
  expect(locks(first)).toEqual([]);
});

test('two runs of one checkout at once share one execution, and find it in place', async () => {
  using rig = slow();
  const runs = await Promise.all([rig.velocity(['run', 'solo#build']), rig.velocity(['run', 'solo#build'])]);
  expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(runs.map((run) => outcomes(run)['solo:build'])).toEqual(expect.arrayContaining(['fresh', 'ran']));
});

test('when the first fails, the second runs the task itself', async () => {
  using first = createRig(monorepo({ pipeline: { build: { command: recorded('sleep 1 && exit 3') } } }));
  using second = createRig(monorepo({ pipeline: { build: { command: recorded('sleep 1 && exit 3') } } }));
  const env = { XDG_CACHE_HOME: join(first.cacheDir, '..') };
  const runs = await Promise.all([
    first.velocity(['run', 'solo#build']),
    second.velocity(['run', 'solo#build'], { env }),
  ]);
  expect(runs.map(({ exitCode }) => exitCode)).toEqual([3, 3]);
});

test.each([
  ['of a process that is dead', { host: '{host}', processId: 2 ** 22 + 1, startTime: '1' }],
  ['of a process whose id was given again', { host: '{host}', processId: 1, startTime: '1' }],
  ['that is damaged', '{'],
])('a lock %s is taken over', async (_name, content) => {
  using rig = slow();
  const { stdout: key } = await rig.velocity(['hash', 'solo#build']);
  const folder = join(rig.cacheDir, 'locks');
  mkdirSync(folder, { recursive: true });
  const host = readFileSync('/proc/sys/kernel/hostname', 'utf8').trim();
  writeFileSync(
    join(folder, key.trim()),
    (typeof content === 'string' ? content : JSON.stringify(content)).replace('{host}', host),
  );
  const run = await rig.run('solo#build');
  expect([run.exitCode, run.executed]).toEqual([0, ['solo#build']]);
  expect(locks(rig)).toEqual([]);
});
