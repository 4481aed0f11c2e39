import { rmSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { createRig, monorepo, recorded, type Rig } from './rig.js';
import { events, outputOf } from './support/output.js';

function printing(command: string, more: object = {}): Rig {
  return createRig(monorepo({ pipeline: { build: { command: recorded(command), outputs: [], ...more } } }));
}

/** All bytes that a task wrote to one of its outputs, put together again. */
function streamOf(call: { readonly stdout: string }, stream: string): Buffer {
  const chunks = events(call).filter((event) => event['type'] === 'task-output' && event['stream'] === stream);
  const bytes = ({ text, base64 }: Record<string, unknown>): Buffer =>
    typeof base64 === 'string' ? Buffer.from(base64, 'base64') : Buffer.from(String(text));
  return Buffer.concat(chunks.map(bytes));
}

/** The same run three times: executed, found in place, restored by a checkout that knows nothing. */
async function threeTimes(rig: Rig, ...flags: string[]) {
  const executed = await rig.run('solo#build', ...flags);
  const fresh = await rig.run('solo#build', ...flags);
  rmSync(rig.path('.velocity'), { recursive: true });
  const restored = await rig.run('solo#build', ...flags);
  expect([executed, fresh, restored].map((run) => run.executed.length)).toEqual([1, 0, 0]);
  return { executed, fresh, restored };
}

test('a hit says again what the task said, line by line, and stdout and stderr apart', async () => {
  using rig = printing('echo out 1 && echo err 1 >&2 && printf "no newline"');
  const { executed, fresh, restored } = await threeTimes(rig);
  for (const run of [executed, fresh, restored]) {
    expect(outputOf(run, 'solo:build')).toEqual(['out 1', 'no newline']);
    expect(outputOf(run, 'solo:build', 'stderr')).toEqual(['err 1']);
  }
  const json = await rig.run('solo#build', '--json');
  expect(streamOf(json, 'stdout').toString()).toBe('out 1\nno newline');
  expect(streamOf(json, 'stderr').toString()).toBe('err 1\n');
});

test('a log of 5 MB is replayed whole', async () => {
  using rig = printing('node -e "for (let i = 0; i < 100000; i++) console.log(String(i).padStart(50))"');
  const { executed, fresh, restored } = await threeTimes(rig, '--json');
  const bytes = streamOf(executed, 'stdout');
  expect(bytes.byteLength).toBe(51 * 100_000);
  expect(streamOf(fresh, 'stdout').equals(bytes)).toBe(true);
  expect(streamOf(restored, 'stdout').equals(bytes)).toBe(true);
}, 60_000);

test('output that is not UTF-8 is kept byte for byte', async () => {
  using rig = printing(String.raw`printf 'a\377\000\303' && printf '\251\n'`);
  const { executed, fresh, restored } = await threeTimes(rig, '--json');
  for (const run of [executed, fresh, restored]) {
    expect(streamOf(run, 'stdout')).toEqual(Buffer.from([0x61, 0xff, 0, 0xc3, 0xa9, 0x0a]));
  }
});

test('--output-logs chooses what is said', async () => {
  using rig = printing('echo spoken');
  const said = async (mode: string): Promise<boolean[]> => {
    const { stdout } = await rig.run('solo#build', `--output-logs=${mode}`);
    return [stdout.includes('spoken'), stdout.includes('solo:build')];
  };
  expect(await said('full')).toEqual([true, true]);
  expect(await said('full')).toEqual([true, true]);
  expect(await said('new-only')).toEqual([false, true]);
  expect(await said('hash-only')).toEqual([false, true]);
  expect(await said('errors-only')).toEqual([false, false]);
  expect(await said('none')).toEqual([false, false]);
  rig.write({ 'packages/solo/src/main.txt': 'exit' });
  expect(await said('new-only')).toEqual([true, true]);
});

test('--output-logs=errors-only shows the output of what failed, and of nothing else', async () => {
  using rig = createRig(
    monorepo({ pipeline: { build: { command: 'echo "from $VELOCITY_TASK" && test "$VELOCITY_TASK" != solo#build' } } }),
  );
  const run = await rig.run('build', '--output-logs=errors-only', '--continue');
  expect(run.exitCode).toBe(1);
  expect(run.stdout).toContain('from solo#build');
  expect(run.stdout).not.toContain('from lib#build');
});

test('--log-prefix=none prints the lines as they are; CI gets each task in one piece, folded in its own way', async () => {
  using rig = printing('echo one && echo two');
  const plain = await rig.run('solo#build', '--log-prefix=none');
  expect(plain.stdout.split('\n')).toEqual(expect.arrayContaining(['one', 'two']));
  const env = { CI: 'true', GITHUB_ACTIONS: 'true' };
  const grouped = await rig.velocity(['run', 'solo#build', '--force'], { env });
  expect(grouped.stdout).toContain('::group::solo:build\none\ntwo\n::endgroup::\n');
});

test('a reader that goes away does not stop the build', async () => {
  using rig = createRig(monorepo({ pipeline: { build: { command: recorded('seq 20000') } } }));
  const script = `"$0" "$1" run build --concurrency=1 2> stderr | head -1; echo "\${PIPESTATUS[0]}"`;
  const { stdout } = await rig.shell(script);
  expect(stdout).toMatch(/^velocity .*\n0\n$/);
  expect([rig.read('stderr'), rig.executions().length]).toEqual(['', 3]);
});

test('colour is for terminals, unless FORCE_COLOR wants it and NO_COLOR does not', async () => {
  using rig = printing('echo x');
  const isColored = async (env: Record<string, string>, args = ['run', 'solo#build']): Promise<boolean> =>
    // eslint-disable-next-line no-control-regex -- the beginning of every escape sequence
    /\u001b\[/.test((await rig.velocity(args, { env })).stdout);
  expect(await isColored({})).toBe(false);
  expect(await isColored({ FORCE_COLOR: '1' })).toBe(true);
  expect(await isColored({ FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
  expect(await isColored({}, ['run', '--help'])).toBe(false);
});
