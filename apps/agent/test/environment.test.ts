import { expect, test } from '@jest/globals';
import { createRig, monorepo, recorded, type Rig } from './rig.js';
import { outputOf, reasonOf } from './support/output.js';

const PRINT = recorded('env');

function rigWith(task: object = {}, global: object = {}): Rig {
  return createRig(monorepo({ pipeline: { show: { command: PRINT, ...task } }, global }));
}

/** Name and value of what the task of `solo` saw. */
async function seen(rig: Rig, env: Record<string, string>, ...flags: string[]): Promise<Record<string, string>> {
  const run = await rig.velocity(['run', 'solo#show', '--force', ...flags], { env });
  expect([run.exitCode, run.stderr]).toEqual([0, '']);
  const pairs = outputOf(run, 'solo:show').map((line) => line.split(/=(.*)/s));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]));
}

const SECRETS = {
  VC_AUTH_TOKEN: 'secret',
  VC_ANYTHING: 'secret',
  VELOCITY_REMOTE_TOKEN: 'secret',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'secret',
  ACTIONS_RUNTIME_TOKEN: 'secret',
  CI_JOB_JWT: 'secret',
};

test('a task sees what is declared and what programs need, and nothing else', async () => {
  using rig = rigWith({ env: ['MODE', 'VITE_*', '!VITE_LOCAL_*'], pass_env: ['TTY_*'] });
  const env = await seen(rig, {
    MODE: 'm',
    VITE_A: 'a',
    VITE_LOCAL_B: 'b',
    TTY_C: 'c',
    UNDECLARED: 'u',
    LC_ALL: 'C',
    ...SECRETS,
  });
  expect(env).toMatchObject({ MODE: 'm', VITE_A: 'a', TTY_C: 'c', LC_ALL: 'C', HOME: rig.home });
  for (const name of ['VITE_LOCAL_B', 'UNDECLARED', ...Object.keys(SECRETS)]) expect(env).not.toHaveProperty(name);
});

test('global.env and global.pass_env reach every task', async () => {
  using rig = rigWith({}, { env: ['EVERYWHERE'], pass_env: ['RECORD', 'PASSED'] });
  expect(await seen(rig, { EVERYWHERE: '1', PASSED: '2' })).toMatchObject({ EVERYWHERE: '1', PASSED: '2' });
});

test('proofs of identity stay away from tasks even where they are declared, and in loose mode', async () => {
  using rig = rigWith({ env: ['VC_*', 'ACTIONS_*'], pass_env: ['VELOCITY_*', 'CI_*'] });
  const declared = await seen(rig, SECRETS);
  const loose = await seen(rig, { ...SECRETS, UNDECLARED: 'u' }, '--env-mode', 'loose');
  for (const name of Object.keys(SECRETS)) {
    expect(declared).not.toHaveProperty(name);
    expect(loose).not.toHaveProperty(name);
  }
  expect(loose).toMatchObject({ UNDECLARED: 'u' });
});

test('VELOCITY_ENV_MODE is the flag, and the flag wins', async () => {
  using rig = rigWith();
  const env = { UNDECLARED: 'u', VELOCITY_ENV_MODE: 'loose' };
  expect(await seen(rig, env)).toHaveProperty('UNDECLARED');
  expect(await seen(rig, env, '--env-mode=strict')).not.toHaveProperty('UNDECLARED');
});

test('variables of a dotenv file are seen, count for the key, and yield to the real environment', async () => {
  using rig = rigWith({ dotenv: ['.env', '$ROOT/.env.shared'], env: ['FROM_BOTH'] });
  rig.write({
    'packages/solo/.env': 'FROM_FILE=file # comment\nFROM_BOTH="file"\nQUOTED="two words"\n',
    '.env.shared': 'FROM_FILE=shared\nSHARED=yes\n',
    '.gitignore': '.env*\n',
  });
  const env = await seen(rig, { FROM_BOTH: 'real' });
  expect(env).toMatchObject({ FROM_FILE: 'file', FROM_BOTH: 'real', QUOTED: 'two words', SHARED: 'yes' });
  rig.write({ '.env.shared': 'SHARED=no\n' });
  const changed = await rig.velocity(['run', 'solo#show'], { env: { FROM_BOTH: 'real' } });
  expect(changed.executed).toEqual(['solo#show']);
  expect(reasonOf(changed, 'solo:show')).toBe('dotenv SHARED changed');
});

test("programs of the package's and the workspace's node_modules are on PATH, the nearest first", async () => {
  using rig = createRig(
    monorepo(
      { pipeline: { tool: { command: recorded('near && far') }, argv: { command: ['near', '$HOME', 'a b'] } } },
      {
        'node_modules/.bin/near': { executable: '#!/bin/sh\necho "wrong near"\n' },
        'node_modules/.bin/far': { executable: '#!/bin/sh\necho "far"\n' },
        'packages/solo/node_modules/.bin/near': { executable: '#!/bin/sh\nprintf "near<%s>" "$@"; echo\n' },
      },
    ),
  );
  expect(outputOf(await rig.run('solo#tool'), 'solo:tool')).toEqual(['near<>', 'far']);
  expect(outputOf(await rig.run('solo#argv'), 'solo:argv')).toEqual(['near<$HOME>near<a b>']);
});
