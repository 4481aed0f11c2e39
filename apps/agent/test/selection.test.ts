import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { config, createRig, monorepo, packageFiles, recorded, type Rig } from './rig.js';

const ALL = ['app#build', 'lib#build', 'solo#build'];

describe('what runs', () => {
  let rig: Rig;
  beforeAll(() => {
    rig = createRig(monorepo({ pipeline: { build: { command: recorded(), cache: false, depends_on: ['^build'] } } }));
  });
  afterAll(() => rig[Symbol.dispose]());

  const cases: readonly [args: string[], executed: string[]][] = [
    [['build'], ALL],
    [['build', '--filter=solo'], ['solo#build']],
    [
      ['build', '-F', 'app'],
      ['app#build', 'lib#build'],
    ],
    [
      ['build', '-p', 'lib', '-p', 'solo'],
      ['lib#build', 'solo#build'],
    ],
    [['build', '-F', 's*'], ['solo#build']],
    [
      ['build', '-F', '*', '-F', '!app'],
      ['lib#build', 'solo#build'],
    ],
    [['build', '-F', './packages/lib'], ['lib#build']],
    [
      ['build', '-F', './packages/*', '-F', '!./packages/app'],
      ['lib#build', 'solo#build'],
    ],
    [['build', '-F', '{packages/solo}'], ['solo#build']],
    [
      ['build', '-F', '...lib'],
      ['app#build', 'lib#build'],
    ],
    [['build', '-F', 'app', '--only'], ['app#build']],
    [['solo#build'], ['solo#build']],
  ];
  test.each(cases)('run %j executes %j', async (args, executed) => {
    const run = await rig.run(...args);
    expect([run.exitCode, run.stderr, run.executed]).toEqual([0, '', executed]);
  });

  test('without the word run', async () => {
    expect((await rig.velocity(['build', '-F', 'solo'])).executed).toEqual(['solo#build']);
  });

  test("in a package's folder: that package and what it needs", async () => {
    expect((await rig.velocity(['run', 'build'], { cwd: 'packages/solo/src' })).executed).toEqual(['solo#build']);
    expect((await rig.velocity(['run', 'build', '--cwd', 'packages/app'])).executed).toEqual([
      'app#build',
      'lib#build',
    ]);
    expect((await rig.velocity(['run', 'build', '-F', '*'], { cwd: 'packages/solo' })).executed).toEqual(ALL);
    expect((await rig.velocity(['run', 'build'], { cwd: 'packages' })).executed).toEqual(ALL);
  });

  test('VELOCITY_FILTER is the flag', async () => {
    const run = await rig.velocity(['run', 'build'], { env: { VELOCITY_FILTER: 'solo' } });
    expect(run.executed).toEqual(['solo#build']);
  });

  test('a failing task that was not selected does not matter', async () => {
    expect((await rig.run('build', '-F', 'lib')).executed).toEqual(['lib#build']);
  });
});

describe('depends_on', () => {
  test('^task, task, package#task and //#task all come first, each once', async () => {
    const task = (...depends_on: string[]) => ({ command: recorded(), depends_on, cache: false });
    const pipeline = { build: task('^build', 'gen', 'solo#proto', '//#prepare'), gen: task(), proto: task() };
    using rig = createRig(monorepo({ pipeline, overrides: { '//#prepare': task() } }));
    const run = await rig.run('build', '-F', 'app', '--concurrency=1');
    expect(run.executed).toEqual(['//#prepare', 'app#build', 'app#gen', 'lib#build', 'lib#gen', 'solo#proto']);
  });
});

describe('a mistake is one clear error with its place, exit 1, and nothing is executed', () => {
  const BAD: readonly [name: string, files: Record<string, string>, args: string[], said: (string | RegExp)[]][] = [
    ['an unknown package in a filter', {}, ['build', '-F', 'sol'], ['"sol"', 'did you mean solo?']],
    ['an unknown folder in a filter', {}, ['build', '-F', './nowhere'], ['./nowhere']],
    ['an unknown task', {}, ['biuld'], ['biuld', 'build']],
    ['an unknown task of a package', {}, ['solo#biuld'], ['biuld', 'build']],
    ['an unknown package of a task', {}, ['sola#build'], ['sola', 'solo']],
    [
      'a cycle',
      {
        'velocity.yml': `version: 1\npipeline:\n  a:\n    command: "false"\n    depends_on: [b]\n  b:\n    depends_on:\n      - a\n`,
      },
      ['a'],
      [/^velocity\.yml:\d+:\d+: .*a.*b.*a/m],
    ],
    [
      'a dependency on nothing',
      { 'velocity.yml': `version: 1\npipeline:\n  a:\n    command: "false"\n    depends_on: [nothing]\n` },
      ['a'],
      [/^velocity\.yml:5:18: .*nothing/m],
    ],
    [
      'two packages of one name',
      { 'packages/twin/package.json': '{"name": "solo"}' },
      ['build'],
      ['solo', 'packages/twin'],
    ],
    ['bad YAML', { 'velocity.yml': 'version: 1\npipeline:\n  build: [\n' }, ['build'], [/^velocity\.yml:\d+:\d+: /m]],
    [
      'an unknown key',
      { 'velocity.yml': 'version: 1\npipeline:\n  build:\n    comand: x\n' },
      ['build'],
      [/^velocity\.yml:4:5: .*comand/m, 'command'],
    ],
    [
      'a broken manifest',
      { 'packages/solo/package.json': '{"name": ' },
      ['build'],
      [/^packages\/solo\/package\.json:1:\d+: /m],
    ],
    [
      'a broken config of a package',
      { 'packages/solo/velocity.yml': 'pipelin: {}' },
      ['build'],
      [/^packages\/solo\/velocity\.yml:1:1: /m],
    ],
    ['an unknown flag', {}, ['build', '--fitler=x'], ['--fitler', '--help']],
    ['a wrong number', {}, ['build', '--concurrency=many'], ['--concurrency', 'many', '50%']],
    ['a wrong word', {}, ['build', '--output-logs=loud'], ['--output-logs', 'loud', 'hash-only']],
    ['a wrong cache mode', {}, ['build', '--cache=local:x'], ['local:x', '--cache=local:rw']],
    ['--require-remote without a remote', {}, ['build', '--require-remote'], ['--require-remote', 'remote.url']],
  ];
  test.each(BAD)('%s', async (_name, files, args, said) => {
    using rig = createRig({ ...monorepo(), ...files });
    const run = await rig.run(...args);
    expect([run.exitCode, run.executed, run.stdout]).toEqual([1, [], '']);
    for (const text of said) expect(run.stderr).toMatch(typeof text === 'string' ? new RegExp(escaped(text)) : text);
    expect(run.stderr).not.toMatch(/^ +at |this is a bug/m);
  });

  test('all mistakes at once', async () => {
    using rig = createRig({
      ...monorepo(),
      'velocity.yml': config({
        pipeline: { a: { depends_on: ['x'] }, b: { depends_on: ['y'] }, c: { depends_on: ['c'] } },
      }),
    });
    const { stderr } = await rig.run('a', 'b', 'c');
    expect(stderr).toMatch(/"?x"?[^]*"?y"?[^]*c/);
  });

  test('no velocity.yml', async () => {
    using rig = createRig({ 'package.json': '{}' });
    const run = await rig.run('build');
    expect([run.exitCode, run.stdout]).toEqual([1, '']);
    expect(run.stderr).toMatch(/^error no velocity\.yml in .*\nhint {2}run `velocity init`/);
  });
});

test('a package without a manifest joins by its own velocity.yml, and may build on the root or not', async () => {
  const more = {
    'packages/data/velocity.yml': JSON.stringify({
      name: 'data',
      deps: ['lib'],
      pipeline: { extra: { command: recorded() } },
    }),
    'packages/odd/velocity.yml': JSON.stringify({
      name: 'odd',
      extends: [],
      pipeline: { build: { command: recorded('echo odd') } },
    }),
    ...packageFiles('late'),
    'packages/late/velocity.yml': JSON.stringify({ deps: ['data'] }),
  };
  using rig = createRig(monorepo({ packages: ['packages/*'] }, more));
  const run = await rig.run('build', 'extra', '-F', 'late', '-F', 'data', '-F', 'odd', '--dry=json');
  const { tasks } = JSON.parse(run.stdout) as { tasks: { taskId: string; dependencies: string[] }[] };
  expect(Object.fromEntries(tasks.map(({ taskId, dependencies }) => [taskId, dependencies]))).toEqual({
    'data#build': ['lib#build'],
    'data#extra': [],
    'late#build': ['data#build'],
    'lib#build': [],
    'odd#build': [],
  });
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
