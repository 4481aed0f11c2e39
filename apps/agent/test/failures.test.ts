import { expect, test } from '@jest/globals';
import { BUILD, createRig, monorepo, packageFiles, recorded, type Rig } from './rig.js';
import { outcomes, outputOf, reasonOf } from './support/output.js';

/** `lib` fails with its exit code, `other` fails with 3; `app` needs lib, `solo` needs nothing. */
function failing(command: string, more: object = {}): Rig {
  return createRig(monorepo({ overrides: { 'lib#build': { command: recorded(command), ...more } } }));
}

test("the exit code is the failing task's, and what depends on it does not run", async () => {
  using rig = failing('echo gone wrong >&2; exit 42');
  const run = await rig.run('build', '-F', 'app');
  expect([run.exitCode, run.executed]).toEqual([42, ['lib#build']]);
  expect(outcomes(run)).toEqual({ 'lib:build': 'FAILED', 'app:build': 'skipped' });
  expect(run.stdout).toMatch(/lib:build .*FAILED .*exit code 42/);
  expect(run.stdout).toMatch(/app:build .*skipped .*lib:build failed/);
  expect(outputOf(run, 'lib:build', 'stderr')).toEqual(['gone wrong']);
});

test('a failure is not cached', async () => {
  using rig = failing('mkdir -p dist && echo half > dist/half && test -e ok', { inputs: ['src/**'] });
  expect((await rig.run('lib#build')).exitCode).toBe(1);
  const again = await rig.run('lib#build');
  expect([again.exitCode, again.executed]).toEqual([1, ['lib#build']]);
  rig.write({ 'packages/lib/ok': '' });
  expect((await rig.run('lib#build')).exitCode).toBe(0);
  expect((await rig.run('lib#build')).executed).toEqual([]);
});

test('a task that fails after it was stored under another key leaves no claim on what it left behind', async () => {
  using rig = failing('mkdir -p dist && cp src/main.txt dist/ && ! grep -q broken src/main.txt');
  await rig.run('lib#build');
  rig.write({ 'packages/lib/src/main.txt': 'broken\n' });
  expect((await rig.run('lib#build')).exitCode).toBe(1);
  rig.write({ 'packages/lib/src/main.txt': 'source of lib\n' });
  const back = await rig.run('lib#build');
  expect([back.executed, outcomes(back)]).toEqual([[], { 'lib:build': 'hit local' }]);
  expect(rig.read('packages/lib/dist/main.txt')).toBe('source of lib\n');
});

test.each([
  ['a command that is not found', 'no-such-program-anywhere', 127, 'exit code 127'],
  ['a command killed by a signal', 'kill -KILL $$', 137, 'killed by SIGKILL'],
  ['a command that a signal ended below the shell', 'sh -c "kill -TERM \\$\\$"; exit $?', 143, 'exit code 143'],
])('%s: the code that a shell would give', async (_name, command, exitCode, said) => {
  using rig = failing(command);
  const run = await rig.run('lib#build');
  expect(run.exitCode).toBe(exitCode);
  expect(run.stdout).toContain(said);
  // What the shell has to say, and nothing of ours.
  expect(run.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('lib:build > '))).toEqual([]);
});

test.each([
  ['is not there', ['no-such-program'], 'not found'],
  ['is not executable', ['./src/main.txt'], 'not executable'],
])('a program of a list that %s: 127, said with its name', async (_name, command, said) => {
  using rig = createRig(monorepo({ pipeline: { build: { command } } }));
  const run = await rig.run('solo#build');
  expect(run.exitCode).toBe(127);
  expect(run.stdout).toMatch(new RegExp(`solo:build .*FAILED .*${command[0]}.*${said}`));
});

test('a task that takes longer than its timeout is ended with all that it started', async () => {
  using rig = failing('sleep 300 & echo $! > ../../pid; sleep 300', { timeout: '300ms', inputs: ['src/**'] });
  const run = await rig.run('lib#build');
  expect(run.exitCode).toBe(124);
  expect(run.stdout).toMatch(/FAILED .*timed out/);
  expect(run.durationMs).toBeLessThan(5000);
  expect(() => process.kill(Number(rig.read('pid')), 0)).toThrow('ESRCH');
});

test('after a failure nothing new starts, and what runs is ended', async () => {
  const overrides = {
    'lib#build': {
      command: recorded('until test -e ../../solo-runs; do sleep 0.01; done; exit 7'),
      inputs: ['src/**'],
    },
    'solo#build': { command: recorded('touch ../../solo-runs; sleep 300'), inputs: ['src/**'] },
  };
  using rig = createRig(monorepo({ overrides }));
  const run = await rig.run('build', '--concurrency=2');
  expect([run.exitCode, run.executed]).toEqual([7, ['lib#build', 'solo#build']]);
  expect(outcomes(run)).toEqual({ 'lib:build': 'FAILED', 'solo:build': 'cancelled', 'app:build': 'skipped' });
});

test('--continue=dependencies-successful runs all that does not need what failed; the highest exit code counts', async () => {
  const tree = monorepo(
    { overrides: { 'lib#build': { command: recorded('exit 3') }, 'solo#build': { command: recorded('exit 9') } } },
    packageFiles('other'),
  );
  using rig = createRig(tree);
  const run = await rig.run('build', '--continue=dependencies-successful', '--concurrency=1');
  expect([run.exitCode, run.executed]).toEqual([9, ['lib#build', 'other#build', 'solo#build']]);
  expect(outcomes(run)).toMatchObject({ 'app:build': 'skipped', 'other:build': 'ran' });
  expect((await rig.run('build', '--continue=never', '--concurrency=1')).exitCode).toBe(3);
});

test('--continue runs what needs the failed task, too, but stores nothing that was made from a failure', async () => {
  using rig = failing('test -e ../../ok', { inputs: ['src/**'] });
  const run = await rig.run('build', '-F', 'app', '--continue');
  expect([run.exitCode, run.executed]).toEqual([1, ['app#build', 'lib#build']]);
  expect(run.stdout).toMatch(/app:build .*NOT STORED .*lib#build is not stored/);
  rig.write({ ok: '' });
  expect((await rig.run('build', '-F', 'app')).executed).toEqual(['app#build', 'lib#build']);
});

test('a wrong value of --continue is a mistake of usage', async () => {
  using rig = createRig(monorepo());
  const run = await rig.run('build', '--continue=sometimes');
  expect([run.exitCode, run.executed, run.stdout]).toEqual([1, [], '']);
  expect(run.stderr).toMatch(/--continue does not take "sometimes"\n.*always/);
});

test('an input that is edited while the task runs: named, not stored, nor what depends on it; the next run is right', async () => {
  const edit =
    'mkdir -p dist && cat src/* > dist/out.txt && if ! test -e ../../edited; then echo later >> src/main.txt; touch ../../edited; fi';
  using rig = createRig(monorepo({ overrides: { 'lib#build': { command: recorded(edit) } } }));
  const run = await rig.run('build', '-F', 'app');
  expect([run.exitCode, run.executed]).toEqual([0, ['app#build', 'lib#build']]);
  expect(run.stdout).toMatch(
    /lib:build .*NOT STORED .* src\/main\.txt changed while the task ran \(if the task writes it, declare it as an output\)$/m,
  );
  expect(run.stdout).toMatch(/app:build .*NOT STORED .*lib#build is not stored/);
  const next = await rig.run('build', '-F', 'app');
  expect(next.executed).toEqual(['app#build', 'lib#build']);
  expect(outcomes(next)).toEqual({ 'lib:build': 'ran', 'app:build': 'ran' });
  expect(rig.read('packages/lib/dist/out.txt')).toBe('source of lib\nlater\n');
  expect((await rig.run('build', '-F', 'app')).executed).toEqual([]);
});

test.each([
  ['added', 'touch src/new.txt'],
  ['removed', 'rm src/main.txt'],
])('an input that is %s while the task runs counts, too', async (word, change) => {
  using rig = createRig(monorepo({ pipeline: { build: { command: recorded(change), outputs: ['dist'] } } }));
  const run = await rig.run('solo#build');
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toMatch(new RegExp(`NOT STORED .* src/.*\\.txt was ${word} while the task ran`));
});

test('an input that is edited and put back while the task runs is named, and the result is not stored', async () => {
  using rig = createRig(
    monorepo({
      pipeline: {
        build: {
          command: recorded(
            'cp src/main.txt keep && echo other > src/main.txt && mkdir -p dist && cp src/main.txt dist/ && cp keep src/main.txt && rm keep',
          ),
          outputs: ['dist'],
        },
      },
    }),
  );
  for (const what of ['src/main.txt was written while the task ran', 'the task writes its own input src/main.txt,']) {
    const run = await rig.run('solo#build');
    expect([run.exitCode, run.executed]).toEqual([0, ['solo#build']]);
    expect(run.stdout).toMatch(new RegExp(`solo:build +NOT STORED .* ${what}`));
  }
});

test('cache: false runs every time and says why', async () => {
  using rig = createRig(monorepo({ pipeline: { build: { command: BUILD, outputs: ['dist'], cache: false } } }));
  await rig.run('solo#build');
  const again = await rig.run('solo#build');
  expect(again.executed).toEqual(['solo#build']);
  expect(reasonOf(again, 'solo:build')).toBe('cache: false');
});

test('--force runs everything and puts the new result in the place of the old', async () => {
  const command = recorded('mkdir -p dist && cat ../../outside > dist/out.txt');
  using rig = createRig(monorepo({ pipeline: { build: { command, outputs: ['dist'] } } }, { outside: 'one' }));
  await rig.run('solo#build');
  rig.write({ outside: 'two' });
  expect((await rig.run('solo#build')).executed).toEqual([]);
  const forced = await rig.run('solo#build', '--force');
  expect([forced.executed, reasonOf(forced, 'solo:build')]).toEqual([['solo#build'], 'forced']);
  rig.write({ 'packages/solo/dist/out.txt': 'spoilt' });
  expect((await rig.run('solo#build')).executed).toEqual([]);
  expect(rig.read('packages/solo/dist/out.txt')).toBe('two');
});

test('--no-cache neither takes nor keeps anything', async () => {
  using rig = createRig(monorepo());
  await rig.run('solo#build', '--no-cache');
  expect((await rig.run('solo#build')).executed).toEqual(['solo#build']);
  expect((await rig.run('solo#build', '--no-cache')).executed).toEqual(['solo#build']);
  expect((await rig.run('solo#build', '--cache=local:w')).executed).toEqual(['solo#build']);
});

test('a task that runs velocity on itself is told so instead of running for ever', async () => {
  using rig = createRig(monorepo());
  const { stdout } = await rig.shell('VELOCITY_TASK=solo#build "$0" "$1" run solo#build 2>&1; echo "code $?"');
  expect(stdout).toMatch(/solo#build calls velocity, which would run solo#build again\n.*\ncode 1\n$/);
});
