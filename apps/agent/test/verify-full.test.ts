import { existsSync, lstatSync, mkdirSync, readdirSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readTree, type Tree } from '@velocity/testing';
import { BUILD, createRig, monorepo, recorded, type Call, type Rig } from './rig.js';
import { canMount, mountTmpfs } from './support/disks.js';

const withMounts = canMount() ? test : test.skip;

interface Difference {
  readonly path: string;
  readonly kind: string;
  readonly cause?: string;
  readonly [field: string]: unknown;
}

interface Document {
  readonly exitCode: number;
  readonly leftOut: readonly string[];
  readonly tasks: readonly {
    readonly taskId: string;
    readonly status: string;
    readonly files: number;
    readonly differing: number;
    readonly differences: readonly Difference[];
    readonly mayFollowFrom: readonly string[];
    readonly log?: Difference;
    readonly writtenInputs: readonly { readonly path: string; readonly others: readonly string[] }[];
    readonly undeclaredOutputs: readonly { readonly path: string; readonly others: readonly string[] }[];
  }[];
}

/** A workspace whose package `solo` has one task `build`, the command of which writes to `dist`. */
function solo(command: string, more: object = {}, tree: Tree = {}): Rig {
  const build = { command: recorded(`mkdir dist && { ${command}; }`), outputs: ['dist'], ...more };
  return createRig(monorepo({ pipeline: { build } }, tree));
}

const verify = (rig: Rig, ...args: string[]): Promise<Call> => rig.run(...args, '--verify=full');

async function verified(rig: Rig, ...args: string[]): Promise<Document & { readonly call: Call }> {
  const call = await verify(rig, ...args, '--json');
  const document = JSON.parse(call.stdout) as Document;
  expect(document.exitCode).toBe(call.exitCode);
  return { ...document, call };
}

/** What is said of `solo#build`. */
async function verdict(rig: Rig, ...args: string[]) {
  const { tasks } = await verified(rig, 'solo#build', ...args);
  expect(tasks).toHaveLength(1);
  return tasks[0] as Document['tasks'][number];
}

/** A shell command that does one thing in one of the two executions and another in the other. */
function either(first: string, second: string): string {
  return `case "$PWD" in */velocity-verify-a-*) ${first};; *) ${second};; esac`;
}

/** Every path with what can be seen of it from outside, times included. */
function listing(folder: string): Record<string, unknown> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    ['.', ...paths].map((path) => {
      const { mode, ino, size, mtimeMs, ctimeMs } = lstatSync(join(folder, path));
      return [path, [mode, ino, size, mtimeMs, ctimeMs]];
    }),
  );
}

/** Everything on the rig's machine that is not the workspace, by name. */
function left(rig: Rig): string[] {
  const machine = dirname(rig.root);
  return [...readdirSync(machine), ...readdirSync(rig.tempDir).map((name) => `tmp/${name}`)].sort();
}

describe('tasks whose outputs come out the same', () => {
  test('are executed twice, said to be the same, and exit with 0', async () => {
    using rig = createRig(monorepo());
    const { exitCode, stdout, stderr, executed } = await verify(rig, 'build');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(executed).toEqual(['app#build', 'app#build', 'lib#build', 'lib#build', 'solo#build', 'solo#build']);
    expect(stdout.match(/^\w+:build +same +1 file$/gm)?.sort()).toEqual([
      'app:build   same        1 file',
      'lib:build   same        1 file',
      'solo:build  same        1 file',
    ]);
    expect(stdout).toMatch(/ Tasks {3}3 same\n Files {3}3 compared · 0 different\n Time /);
  });

  test('leave the workspace as it was, to the times, and neither copies nor results behind', async () => {
    using rig = createRig(monorepo());
    mkdirSync(rig.path('packages/solo/dist'));
    rig.write({ 'packages/solo/dist/old.txt': 'old' });
    const before = [listing(rig.root), left(rig)];
    expect((await verify(rig, 'build')).exitCode).toBe(0);
    expect([listing(rig.root), left(rig)]).toEqual([...before.slice(0, 1), [...left(rig)]]);
    expect(left(rig).filter((name) => !['executions'].includes(name))).toEqual(before[1]);
    expect(existsSync(rig.cacheDir)).toBe(false);
  });

  test('are the same whatever their logs say, which is a note', async () => {
    using rig = solo('echo done > dist/out.txt; pwd');
    const { exitCode, stdout } = await verify(rig, 'solo#build');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/solo:build +same +1 file\n {2}note its log differs: line 1, byte \d+: absolute path\n/);
  });

  test('are told from others where the selection says so, and get what follows --', async () => {
    using rig = solo('printf "%s" "$1" > dist/out.txt; echo "got $1"', { command: undefined });
    rig.write({
      'velocity.yml': JSON.stringify({
        version: 1,
        global: { toolchains: 'none', pass_env: ['RECORD'] },
        pipeline: { build: { command: `${recorded('echo')} got`, outputs: [] } },
      }),
    });
    const call = await rig.velocity(['run', 'build', '--verify=full', '--', 'an argument'], { cwd: 'packages/solo/src' });
    expect([call.exitCode, call.executed]).toEqual([0, ['solo#build', 'solo#build']]);
    expect(call.stdout).toContain('solo:build > got an argument');
  });
});

describe('outputs that differ', () => {
  test.each([
    ['a time stamp', `node -e "console.log('let a;\\nat ' + Date.now())" > dist/f`, { line: 2, cause: 'time stamp' }],
    ['a date', either('date -u > dist/f', 'date -u -d "now + 3 hours" > dist/f'), { line: 1, cause: 'time stamp' }],
    ['an ISO date', `node -e "console.log(new Date().toISOString())" > dist/f`, { line: 1, cause: 'time stamp' }],
    ['the path of the folder', 'echo "at $PWD/src:1" > dist/f', { line: 1, cause: 'absolute path' }],
    ['a random value', `node -e "console.log(crypto.randomUUID())" > dist/f`, { cause: 'random value or digest' }],
    ['Math.random()', `node -e "console.log(Math.random())" > dist/f`, { cause: 'random value or digest' }],
    [
      'lines in another order',
      either(`printf 'a\\nb\\nc\\n' > dist/f`, `printf 'a\\nc\\nb\\n' > dist/f`),
      { line: 2, offset: 2, first: 'b', second: 'c', cause: 'order of lines' },
    ],
    [
      'values in another order',
      either(`echo '{"a":1,"b":2}' > dist/f`, `echo '{"b":2,"a":1}' > dist/f`),
      { cause: 'order of values' },
    ],
    ['nothing that is known', either('echo one > dist/f', 'echo two > dist/f'), { offset: 0, first: 'one', second: 'two' }],
    [
      'one file that goes on',
      either('printf same > dist/f', 'printf same-and-more > dist/f'),
      { offset: 4, first: 'same', second: 'same-and-more' },
    ],
    [
      'control characters',
      either(`printf 'a\\033[31m' > dist/f`, `printf 'b\\033[31m' > dist/f`),
      { first: 'a\\u001b[31m', second: 'b\\u001b[31m' },
    ],
    [
      'bytes that are no text',
      either(`printf '\\000\\001' > dist/f`, `printf '\\000\\377' > dist/f`),
      { offset: 1, first: '01', second: 'ff' },
    ],
    ['the time in a gzip header', 'cp src/main.txt dist/f; sleep 0; touch dist/f; gzip -N dist/f; mv dist/f.gz dist/f', {}],
  ])('by %s are named with the place and a likely cause', async (_name, command, expected) => {
    using rig = solo(command);
    const { status, files, differing, differences } = await verdict(rig);
    expect({ status, files, differing }).toEqual({ status: 'different', files: 1, differing: 1 });
    expect(differences).toMatchObject([{ path: 'packages/solo/dist/f', kind: 'content', ...expected }]);
    expect(Object.keys(differences[0] ?? {}).includes('cause')).toBe('cause' in expected);
  });
});
