import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createRig, monorepo, recorded, type Rig } from './rig.js';

/** Starts a grandchild whose output goes elsewhere, says its own and the grandchild's process id, and waits. */
const TREE = recorded('sh -c "sleep 300" > /dev/null 2>&1 & echo "pids $$ $!"; wait');
/** Ignores every polite request, and so do those that it starts. */
const STUBBORN = recorded(`trap '' TERM INT; sleep 300 & echo "pids $$ $!"; wait; sleep 300`);
const QUIET_STUBBORN = recorded(`(trap '' TERM INT; sleep 300) > /dev/null 2>&1 & echo "pids $$ $!"; wait`);

function running(command: string, more: object = {}): Rig {
  return createRig(monorepo({ pipeline: { build: { command, outputs: [], ...more } } }));
}

/** Linux keeps those that ended and that nobody has waited for as zombies. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // No such process.
    return false;
  }
}

/** A killed process is gone soon, not at once. */
async function expectGone(pids: readonly number[]): Promise<void> {
  const deadline = performance.now() + 2000;
  while (pids.some(isAlive) && performance.now() < deadline) await delay(5);
  expect(pids.filter(isAlive)).toEqual([]);
}

async function stop(rig: Rig, signal: NodeJS.Signals, env: Record<string, string> = {}) {
  await using run = await rig.start(['run', 'solo#build'], { env });
  const [, ...pids] = await run.waitForLine(/pids (\d+) (\d+)/);
  run.kill(signal);
  return { ...(await run.result), pids: pids.map(Number) };
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 143],
] as const)('%s ends the whole tree of processes, with %i', async (signal, exitCode) => {
  using rig = running(TREE);
  const run = await stop(rig, signal);
  expect([run.exitCode, run.signal, run.stderr]).toEqual([exitCode, null, '']);
  expect(run.stdout).toMatch(/solo:build +cancelled/);
  expect(run.durationMs).toBeLessThan(4000);
  await expectGone(run.pids);
});

test.each([
  ['a task', STUBBORN],
  ['a grandchild whose output nobody reads', QUIET_STUBBORN],
])('%s that ignores SIGTERM is killed after the grace period', async (_name, command) => {
  using rig = running(command);
  const run = await stop(rig, 'SIGTERM', { VELOCITY_GRACE_MS: '300' });
  expect(run.exitCode).toBe(143);
  expect(run.durationMs).toBeGreaterThan(300);
  expect(run.durationMs).toBeLessThan(4000);
  await expectGone(run.pids);
});

test('a task may use the grace period to put things in order', async () => {
  using rig = running(
    recorded(`trap 'sleep 0.2; echo in order; exit 0' TERM; echo "pids $$ $$"; while :; do sleep 0.05; done`),
  );
  const run = await stop(rig, 'SIGTERM');
  expect([run.exitCode, run.stdout.includes('in order')]).toEqual([143, true]);
  rig.executions();
  expect((await rig.run('solo#build', '--dry')).stdout).toContain('MISS');
});

test('what was finished before a signal is kept, and nothing of the run is left behind', async () => {
  const overrides = { 'app#build': { command: recorded('echo "pids $$ $$"; sleep 300') } };
  using rig = createRig(monorepo({ overrides }));
  await using run = await rig.start(['run', 'build', '-F', 'app']);
  await run.waitForLine(/pids/);
  run.kill('SIGINT');
  expect((await run.result).exitCode).toBe(130);
  expect(rig.executions()).toEqual(['lib#build', 'app#build']);
  const { stdout } = await rig.shell('find .velocity/tmp "$TMPDIR" "$XDG_CACHE_HOME"/velocity/tmp -mindepth 1');
  expect(stdout).toBe('');
  expect((await rig.run('lib#build')).executed).toEqual([]);
});

test('persistent tasks run beside the others until the run is stopped', async () => {
  const pipeline = {
    dev: { command: recorded('echo "pids $$ $$"; exec sleep 300'), persistent: true, depends_on: ['build'] },
    build: { command: recorded() },
    after: { command: recorded('sleep 0.1; echo all else is done'), depends_on: ['build'] },
  };
  using rig = createRig(monorepo({ pipeline }));
  await using run = await rig.start(['run', 'dev', 'after', '-F', 'solo', '-F', 'lib', '--concurrency=1']);
  const [, pid] = await run.waitForLine(/pids (\d+)/);
  await run.waitForLine(/solo:after +ran/);
  await run.waitForLine(/lib:after +ran/);
  expect(isAlive(Number(pid))).toBe(true);
  run.kill('SIGTERM');
  const { exitCode, stdout } = await run.result;
  expect(exitCode).toBe(143);
  expect(stdout).toMatch(/solo:dev +running +[0-9a-f]{8} +until the run is stopped/);
  await expectGone([Number(pid)]);
});

test('a failure ends the persistent tasks, and a persistent task that fails is a failure', async () => {
  const pipeline = {
    dev: { command: recorded('echo dev is up; exec sleep 300'), persistent: true },
    lint: { command: recorded('exit 5') },
    crash: { command: recorded('exit 6'), persistent: true },
  };
  using rig = createRig(monorepo({ pipeline }));
  expect((await rig.run('solo#dev', 'solo#lint')).exitCode).toBe(5);
  const crash = await rig.run('solo#dev', 'solo#crash');
  expect(crash.exitCode).toBe(6);
  expect(crash.stdout).toMatch(/solo:crash +FAILED .*exit code 6/);
});

test('no more tasks than --concurrency run at once, the longest path first', async () => {
  const log = '"$RECORD.trace"';
  const command = `echo "+ $VELOCITY_TASK" >> ${log}; sleep 0.05; echo "- $VELOCITY_TASK" >> ${log}`;
  const names = ['a', 'b', 'c', 'd', 'e'];
  const chain = {
    'packages/z1/package.json': { name: 'z1' },
    'packages/z2/package.json': { name: 'z2', dependencies: { z1: '*' } },
  };
  const tree = Object.fromEntries([
    ...names.map((name) => [`packages/${name}/package.json`, JSON.stringify({ name })]),
    ...Object.entries(chain).map(([path, manifest]) => [path, JSON.stringify(manifest)]),
  ]);
  using rig = createRig(monorepo({ pipeline: { build: { command, depends_on: ['^build'] } } }, tree));
  const traceOf = async (concurrency: string): Promise<string[]> => {
    await rig.run('build', '--force', `--concurrency=${concurrency}`);
    const { stdout } = await rig.shell('cat "$RECORD.trace"; rm "$RECORD.trace"');
    return stdout.trim().split('\n');
  };
  const highest = (trace: readonly string[]): number => {
    let now = 0;
    return Math.max(...trace.map((line) => (now += line.startsWith('+') ? 1 : -1)));
  };
  expect(highest(await traceOf('3'))).toBe(3);
  const one = await traceOf('1');
  expect(highest(one)).toBe(1);
  const started = one.filter((line) => line.startsWith('+')).map((line) => line.slice(2));
  // lib and z1 have something that waits for them, everything else has not.
  expect(started.slice(0, 2)).toEqual(['lib#build', 'z1#build']);
});
