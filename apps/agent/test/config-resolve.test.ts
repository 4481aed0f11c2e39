import { describe, expect, test } from '@jest/globals';
import { tempDir, writeTree } from '@velocity/testing';
import { loadConfig } from '../src/config/load-config.js';
import { loadPackageConfig } from '../src/config/load-package-config.js';
import { resolveTaskConfig, type ResolveTaskOptions } from '../src/config/resolve-task-config.js';

interface Files {
  readonly root: string;
  readonly own?: string;
}

function resolve(files: Files, name: string, task: string, options: ResolveTaskOptions = {}) {
  using dir = tempDir();
  writeTree(dir.path, {
    'velocity.yml': files.root,
    ...(files.own !== undefined && { 'pkg/velocity.yml': files.own }),
  });
  const config = loadConfig({ root: dir.path, env: {} });
  const own = loadPackageConfig({ root: dir.path, directory: 'pkg' });
  if (!config.ok || !own.ok) throw new Error(JSON.stringify([config, own]));
  return resolveTaskConfig(config.config, own.config, name, task, options);
}

function commandOf(command: string | undefined, scripts?: Record<string, string>, task = 'build'): string | undefined {
  const root = `pipeline: { ${task}: { ${command === undefined ? '' : `command: ${JSON.stringify(command)}`} } }`;
  const resolved = resolve({ root }, 'web', task, { scripts })?.command;
  return resolved?.kind === 'shell' ? resolved.text : resolved?.argv.join('|');
}

describe('layers', () => {
  const root = `
pipeline:
  build: { command: make, inputs: [src], outputs: [dist], env: [A], depends_on: ["^build"], cache: false, timeout: 1m }
overrides:
  "web#build": { env: [$INHERIT, C], timeout: 3m }
`;

  test('a task that nobody names is undefined', () => {
    expect(resolve({ root }, 'web', 'test', { scripts: { test: 'jest' } })).toBeUndefined();
  });

  test('the package file goes over the root, overrides go over both; the rest is inherited', () => {
    const own = 'pipeline: { build: { env: [$INHERIT, B], outputs: [lib], timeout: 2m } }';
    expect(resolve({ root, own }, 'web', 'build')).toMatchObject({
      command: { text: 'make' },
      inputs: ['src'],
      outputs: ['lib'],
      env: ['A', 'B', 'C'],
      cache: false,
      timeoutMs: 180_000,
      dependsOn: [{ text: '^build' }],
    });
    expect(resolve({ root, own }, 'api', 'build')).toMatchObject({ env: ['A', 'B'], timeoutMs: 120_000 });
    expect(resolve({ root }, 'api', 'build')).toMatchObject({ env: ['A'], outputs: ['dist'], timeoutMs: 60_000 });
  });

  test('a list without $INHERIT replaces, an empty one too', () => {
    const own = 'pipeline: { build: { env: [B], outputs: [], depends_on: [] } }';
    expect(resolve({ root, own }, 'api', 'build')).toMatchObject({ env: ['B'], outputs: [], dependsOn: [] });
  });

  test('$INHERIT keeps its place, and the origin of what it stands for', () => {
    const own = 'pipeline: { build: { inputs: ["!x", $INHERIT, y], depends_on: [a, $INHERIT] } }';
    const task = resolve({ root, own }, 'api', 'build');
    expect(task?.inputs).toEqual(['!x', 'src', 'y']);
    expect(task?.dependsOn.map(({ text, origin }) => [text, origin.file])).toEqual([
      ['a', 'pkg/velocity.yml'],
      ['^build', 'velocity.yml'],
    ]);
  });

  test('$INHERIT over inputs that nobody set stands for the default', () => {
    const files = { root: 'pipeline: { a: {} }', own: 'pipeline: { a: { inputs: [$INHERIT, "$ROOT/x"] } }' };
    expect(resolve(files, 'api', 'a')?.inputs).toEqual(['$DEFAULT', '$ROOT/x']);
  });

  test('extends: [] leaves the pipeline of the root out, but not its overrides', () => {
    const own = 'extends: []\npipeline: { build: { command: x } }';
    expect(resolve({ root, own }, 'api', 'build')).toMatchObject({ command: { text: 'x' }, outputs: [], cache: true });
    expect(resolve({ root, own }, 'web', 'build')).toMatchObject({
      command: { text: 'x' },
      env: ['C'],
      timeoutMs: 180_000,
    });
    expect(resolve({ root, own: 'extends: []' }, 'api', 'build')).toBeUndefined();
  });

  test('a package#task entry of the pipeline is an override', () => {
    const files = { root: 'pipeline: { a: { env: [A] }, "web#a": { outputs: [o] }, "web#b": { outputs: [p] } }' };
    expect(resolve(files, 'web', 'a')).toMatchObject({ env: ['A'], outputs: ['o'], origin: { line: 1, column: 30 } });
    expect(resolve(files, 'web', 'b')).toMatchObject({ outputs: ['p'] });
    expect(resolve(files, 'api', 'b')).toBeUndefined();
  });

  test('plain entries are not tasks of the root package, unless it is the only one', () => {
    const files = { root: 'pipeline: { build: { outputs: [o] }, "//#gen": { outputs: [g] }, gen: { env: [E] } }' };
    const scripts = { build: 'velocity run build' };
    expect(resolve(files, '//', 'build', { scripts })).toBeUndefined();
    expect(resolve(files, '//', 'gen')).toMatchObject({ outputs: ['g'], env: [] });
    expect(resolve(files, '//', 'build', { isWholeWorkspace: true })).toMatchObject({ outputs: ['o'] });
    expect(resolve(files, '//', 'gen', { isWholeWorkspace: true })).toMatchObject({ outputs: ['g'], env: ['E'] });
    expect(resolve(files, 'app', 'gen', { isWholeWorkspace: true })).toMatchObject({ outputs: ['g'], env: ['E'] });
  });

  test('a task made persistent by an override is not cached', () => {
    const files = { root: 'pipeline: { dev: { cache: true } }\noverrides: { "web#dev": { persistent: true } }' };
    expect(resolve(files, 'web', 'dev')).toMatchObject({ cache: false, persistent: true });
  });
});

describe('the command of a task', () => {
  const scripts = { build: 'tsc -b', test: 'jest', 'build:prod': 'vite build' };

  test.each<[string, string | undefined, string | undefined]>([
    ['without one, the script of its name', undefined, 'tsc -b'],
    ['npm run', 'npm run build', 'tsc -b'],
    ['npm run-script', 'npm run-script build', 'tsc -b'],
    ['another script', 'npm run build:prod', 'vite build'],
    ['npm test', 'npm test', 'jest'],
    ['npm t', 'npm t', 'jest'],
    ['pnpm run', 'pnpm run build', 'tsc -b'],
    ['pnpm and a script', 'pnpm build:prod', 'vite build'],
    ['yarn run', 'yarn run build', 'tsc -b'],
    ['yarn and a script', 'yarn build', 'tsc -b'],
    ['bun run', 'bun run build', 'tsc -b'],
    ['quiet npm', 'npm run -s build --if-present', 'tsc -b'],
    ['arguments behind --', 'npm run build -- --force src', 'tsc -b --force src'],
    ['arguments of pnpm', 'pnpm run build --force', 'tsc -b --force'],
    ['arguments of yarn', 'yarn build --force', 'tsc -b --force'],
    ['a script that the package lacks: nothing', 'npm run nope', undefined],
    ['yarn and the name of the task, without script: nothing', 'yarn lint', undefined],
    // None of these only runs a script of this package.
    ['another program', 'cargo build', 'cargo build'],
    ['npx', 'npx tsc', 'npx tsc'],
    ["yarn and a package's program", 'yarn tsc', 'yarn tsc'],
    ["bun's own test", 'bun test', 'bun test'],
    ["bun's own build", 'bun build', 'bun build'],
    ['npm ci', 'npm ci', 'npm ci'],
    ['a workspace', 'npm run build --workspace=x', 'npm run build --workspace=x'],
    ['a filter', 'pnpm --filter x run build', 'pnpm --filter x run build'],
    ['a recursive run', 'pnpm -r build', 'pnpm -r build'],
    ['a variable', 'CI=1 npm run build', 'CI=1 npm run build'],
    ['two commands', 'npm run build && npm test', 'npm run build && npm test'],
    ['a pipe', 'npm run build | cat', 'npm run build | cat'],
    ['a substitution', 'npm run $X', 'npm run $X'],
  ])('%s', (_name, command, expected) => {
    expect(commandOf(command, scripts, command === 'yarn lint' ? 'lint' : 'build')).toBe(expected);
  });

  test('a package without the script, or without package.json, passes through', () => {
    expect(commandOf(undefined, {})).toBeUndefined();
    expect(commandOf(undefined)).toBeUndefined();
    expect(commandOf('npm run build')).toBeUndefined();
    expect(commandOf('npm run build', { build: ' ' })).toBeUndefined();
  });

  test('a list of arguments is never taken apart', () => {
    const files = { root: 'pipeline: { build: { command: [npm, run, build] } }' };
    expect(resolve(files, 'web', 'build', { scripts })?.command).toEqual({
      kind: 'argv',
      argv: ['npm', 'run', 'build'],
    });
  });

  test.each([
    ['pre and post run around it', { prebuild: 'a', build: 'b', postbuild: 'c' }, 'a && b && c'],
    ['only a pre script', { prebuild: 'a && z', build: 'b' }, 'a && z && b'],
    [
      'parts that && would tear apart are grouped',
      { prebuild: 'a', build: 'b || c', postbuild: 'd; e' },
      'a && (b || c) && (d; e)',
    ],
    ['a part in the background is grouped', { prebuild: 'a &', build: 'b' }, '(a &) && b'],
    ['one script alone is left as it is', { build: 'b || c; d' }, 'b || c; d'],
  ])('%s', (_name, own, expected) => {
    expect(commandOf(undefined, own)).toBe(expected);
  });

  test('arguments go to the script itself, not to its post script', () => {
    expect(commandOf('npm run build -- -x', { build: 'b', postbuild: 'c' })).toBe('b -x && c');
  });

  test('a script named like a part of every object is not there', () => {
    expect(commandOf('npm run toString', {})).toBeUndefined();
  });
});
