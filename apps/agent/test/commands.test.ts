import { existsSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRig, monorepo, recorded, type Rig } from './rig.js';
import { json, printed } from './support/printed.js';

describe('commands that look', () => {
  let rig: Rig;
  let key: string;
  beforeAll(async () => {
    rig = createRig(monorepo());
    key = (await rig.velocity(['hash', 'solo#build'])).stdout.trim();
    await rig.run('build');
  });
  afterAll(() => rig[Symbol.dispose]());

  test('ls lists packages and tasks, for people and as JSON', async () => {
    expect(await printed(rig, 'ls')).toMatch(/^app +packages\/app +build$/m);
    const { packages } = await json<{ packages: { name: string }[] }>(rig, 'ls', '--json');
    expect(packages.find(({ name }) => name === 'app')).toEqual({
      name: 'app',
      directory: 'packages/app',
      languages: ['javascript'],
      dependencies: ['lib'],
      tasks: ['build'],
    });
  });

  test('graph speaks dot, mermaid, JSON and HTML', async () => {
    expect(await printed(rig, 'graph', 'build')).toMatch(/^digraph[^]*"app#build" -> "lib#build"[^]*\}\n$/);
    expect(await printed(rig, 'graph', 'build', '--format=mermaid')).toMatch(/^flowchart [^]*t0 --> t1\n/);
    expect(await printed(rig, 'graph', '--format=html', '-F', 'solo')).toMatch(/^<!doctype html>[^]*solo#build/);
    expect(JSON.stringify(await json(rig, 'graph', 'build', '--format=json'))).toContain('app#build');
    expect(await printed(rig, 'run', 'build', '--graph=dot')).toContain('digraph');
    const wrong = await rig.velocity(['graph', '--format=png']);
    expect([wrong.exitCode, wrong.stdout]).toEqual([1, '']);
    expect(wrong.stderr).toContain('mermaid');
  });

  test('hash prints the key, and with --json all that decides it', async () => {
    expect(await printed(rig, 'hash', 'solo#build')).toBe(`${key}\n`);
    const { fingerprint, ...rest } = await json<{ key: string; fingerprint: Record<string, unknown> }>(
      rig,
      'hash',
      'solo#build',
      '--json',
    );
    expect(rest).toEqual({ key });
    expect(fingerprint).toMatchObject({
      package: 'solo',
      task: 'build',
      directory: 'packages/solo',
      outputs: ['dist'],
    });
    expect(JSON.stringify(fingerprint)).not.toContain(rig.root);
  });

  test('run --dry says what would happen and does nothing', async () => {
    rig.write({ 'packages/lib/src/more.txt': 'more' });
    const dry = await rig.velocity(['run', 'build', '--dry']);
    expect(dry.executed).toEqual([]);
    expect(dry.stdout).toMatch(/^solo:build +fresh +[0-9a-f]{8}$/m);
    expect(dry.stdout).toMatch(/^lib:build +MISS +[0-9a-f]{8} +src\/more\.txt added; would run: /m);
    rmSync(rig.path('packages/lib/src/more.txt'));
  });

  test("run --dry=json has turbo's field names, and ours", async () => {
    const { tasks } = await json<{ tasks: Record<string, unknown>[] }>(rig, 'run', 'build', '--dry=json');
    expect(tasks.map((task) => task['taskId'])).toEqual(
      expect.arrayContaining(['app#build', 'lib#build', 'solo#build']),
    );
    expect(tasks.find((task) => task['taskId'] === 'solo#build')).toMatchObject({
      task: 'build',
      package: 'solo',
      hash: key,
      cache: { local: true, remote: false, status: 'HIT', source: 'LOCAL', timeSaved: expect.any(Number) },
      cliArguments: [],
      outputs: ['dist'],
      directory: 'packages/solo',
      dependencies: [],
      dependents: [],
      environmentVariables: { configured: [], global: [] },
      resolvedTaskDefinition: { cache: true, outputs: ['dist'], dependsOn: ['^build'], env: [], persistent: false },
      inputs: { 'package.json': expect.stringMatching(/^[0-9a-f]{64}$/), 'src/main.txt': expect.any(String) },
    });
  });

  test('run --summarize writes the run down', async () => {
    const { stderr } = await rig.velocity(['run', 'build', '--summarize']);
    const file = stderr.trim();
    expect(file.startsWith(rig.path('.velocity/runs/'))).toBe(true);
    const summary = JSON.parse(rig.read(file.slice(rig.root.length + 1))) as Record<string, unknown>;
    expect(summary).toMatchObject({
      version: '1',
      execution: { exitCode: 0, attempted: 3, cached: 3, failed: 0 },
      tasks: expect.arrayContaining([
        expect.objectContaining({ taskId: 'solo#build', hash: key, cache: { status: 'HIT', source: 'LOCAL' } }),
      ]),
    });
  });

  test('run --json tells every event as a line of JSON', async () => {
    const { stdout } = await rig.velocity(['run', 'solo#build', '--json']);
    const types = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).toEqual(['run-started', 'task-output', 'task-finished', 'run-finished']);
  });

  test('cache status, ls and inspect show the local store', async () => {
    expect(await printed(rig, 'cache', 'status')).toMatch(
      /^folder +.*velocity\nentries +3\nsize +\S+ \S+ of 21\.5 GB\n/,
    );
    expect(await json(rig, 'cache', '--json')).toMatchObject({ directory: rig.cacheDir, entries: 3 });
    expect(await printed(rig, 'cache', 'ls')).toMatch(new RegExp(`^${key.slice(0, 12)} +solo#build +.*Z$`, 'm'));
    expect(await json(rig, 'cache', 'ls', '--json')).toHaveLength(3);
    const entry = await printed(rig, 'cache', 'inspect', key.slice(0, 10));
    expect(entry).toContain(`key      ${key}`);
    expect(entry).toContain('  - packages/solo/dist/out.txt');
    expect(await json(rig, 'cache', 'inspect', key, '--json')).toMatchObject({
      key,
      description: { task: 'solo#build' },
    });
    const unknown = await rig.velocity(['cache', 'inspect', 'ffff']);
    expect([unknown.exitCode, unknown.stdout]).toEqual([1, '']);
    expect(unknown.stderr).toMatch(/ffff\n.*cache ls/);
  });

  test('validate says that all is well', async () => {
    expect(await printed(rig, 'validate')).toBe('ok: 4 packages, 3 tasks\n');
  });
});

test('validate finds tasks that write the same files, and those that wait for what never ends', async () => {
  const pipeline = {
    build: { command: recorded(), outputs: ['dist'] },
    bundle: { command: recorded(), outputs: ['dist/js/**'], depends_on: ['dev'] },
    dev: { command: recorded(), persistent: true },
  };
  using rig = createRig(monorepo({ pipeline }));
  const { exitCode, stdout, stderr } = await rig.velocity(['validate']);
  expect([exitCode, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/solo#build and solo#bundle both write dist and dist\/js\/\*\*/);
  expect(stderr).toMatch(/solo#bundle waits for solo#dev/);
});

test('schema is a JSON schema', async () => {
  using rig = createRig({});
  const schema = await json<Record<string, unknown>>(rig, 'schema');
  expect(schema).toMatchObject({ type: 'object', properties: { pipeline: {}, version: {} } });
  expect(String(schema['$schema'])).toMatch(/json-schema\.org/);
});

test('completion knows four shells', async () => {
  using rig = createRig({});
  for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
    const script = await printed(rig, 'completion', shell);
    for (const word of ['run', 'cache', 'init']) expect(script).toContain(word);
  }
  const { stdout } = await rig.shell(
    'source <("$0" "$1" completion bash); COMP_WORDS=(velocity va); COMP_CWORD=1; _velocity; echo "${COMPREPLY[@]}"',
  );
  expect(stdout).toBe('validate\n');
  const wrong = await rig.velocity(['completion', 'tcsh']);
  expect([wrong.exitCode, wrong.stdout]).toEqual([1, '']);
  expect(wrong.stderr).toContain('bash, zsh, fish, powershell');
});

test('init writes a file that works, and replaces none without --force', async () => {
  const { 'velocity.yml': _none, ...tree } = monorepo();
  const manifest = JSON.stringify({ name: 'solo', scripts: { build: 'mkdir -p dist && cp src/* dist/' } });
  using rig = createRig({ ...tree, 'packages/solo/package.json': manifest });
  expect(await printed(rig, 'init')).toMatch(/^wrote velocity\.yml from [^]*next {2}velocity run build\n$/);
  expect((await rig.run('build')).exitCode).toBe(0);
  expect(existsSync(rig.path('packages/solo/dist/main.txt'))).toBe(true);
  const written = rig.read('velocity.yml');
  rig.write({ 'velocity.yml': `${written}# mine\n` });
  const again = await rig.velocity(['init']);
  expect([again.exitCode, again.stdout, rig.read('velocity.yml')]).toEqual([1, '', `${written}# mine\n`]);
  expect(again.stderr).toMatch(/already there\n.*--force/);
  await printed(rig, 'init', '--force');
  expect(rig.read('velocity.yml')).toBe(written);
});

test('every command explains itself', async () => {
  using rig = createRig({});
  const commands = ['run', 'init', 'ls', 'graph', 'hash', 'clean', 'validate', 'schema', 'completion'];
  const nested = [
    'cache status',
    'cache ls',
    'cache inspect',
    'cache gc',
    'cache clean',
    'remote status',
    'remote whoami',
  ];
  const overview = await printed(rig, '--help');
  const all = [...commands, ...nested];
  const pages = await Promise.all(all.map((command) => printed(rig, ...command.split(' '), '--help')));
  for (const [index, command] of all.entries()) {
    expect(overview).toContain(`velocity ${command}`);
    expect(pages[index]).toContain(`velocity ${command}`);
    expect(pages[index]).toMatch(/--cwd/);
  }
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(await printed(rig, '--version')).toBe(`${version}\n`);
}, 60_000);
