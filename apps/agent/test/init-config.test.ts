import { describe, expect, test } from '@jest/globals';
import { tempDir, writeTree, type Tree } from '@velocity/testing';
import fc from 'fast-check';
import { loadConfig } from '../src/config/load-config.js';
import { resolveTaskConfig } from '../src/config/resolve-task-config.js';
import type { TaskConfig, VelocityConfig } from '../src/config/types.js';
import { generateConfig, type GeneratedConfig, type InitSource } from '../src/init/generate-config.js';

type Outcome = GeneratedConfig & { readonly config: VelocityConfig };

/** Generates, and loads what was generated: no case may write a file that its own program refuses. */
function init(tree: Tree, from?: InitSource): Outcome {
  using dir = tempDir();
  writeTree(dir.path, tree);
  const generated = generateConfig({ root: dir.path, from });
  writeTree(dir.path, { 'velocity.yml': generated.yaml });
  const loaded = loadConfig({ root: dir.path, env: {} });
  if (!loaded.ok) throw new Error(`${generated.yaml}\n${JSON.stringify(loaded.diagnostics)}`);
  return { ...generated, config: loaded.config };
}

function task({ config }: Outcome, packageName: string, name: string): TaskConfig {
  const found = resolveTaskConfig(config, undefined, packageName, name);
  if (found === undefined) throw new Error(`no task ${packageName}#${name}`);
  return found;
}

const dependenciesOf = (found: TaskConfig | undefined) => found?.dependsOn.map(({ text }) => text);
const json = (value: unknown) => JSON.stringify(value);
const npmPackage = (name: string, scripts: Record<string, string> = {}, more: object = {}) =>
  json({ name, scripts, ...more });
const workspaces = { 'package.json': json({ private: true, workspaces: ['packages/*'] }) };

describe('from package scripts', () => {
  const outcome = init({
    'package.json': json({ workspaces: ['packages/*'], scripts: { build: 'velocity run build' } }),
    'packages/ui/package.json': npmPackage(
      '@acme/ui',
      { prebuild: 'x', build: 'tsc', test: 'jest', lint: 'x', dev: 'x', deploy: 'x', postinstall: 'x' },
      { main: './lib/index.js', exports: { '.': { import: './lib/index.mjs', types: './src/index.ts' } } },
    ),
    'packages/web/package.json': npmPackage(
      'web',
      { build: 'next build', typecheck: 'tsc' },
      { dependencies: { next: '^15' } },
    ),
    'packages/api/package.json': npmPackage('api', { build: 'tsc' }),
    'packages/cli/package.json': npmPackage('cli', { build: 'tsc' }, { bin: { cli: 'dist/cli.js' } }),
  });

  test('tasks come from well-known names, without commands', () => {
    expect([...outcome.config.pipeline.keys()].sort()).toEqual(['build', 'dev', 'lint', 'test', 'typecheck']);
    for (const found of outcome.config.pipeline.values()) expect(found.command).toBeUndefined();
    expect(dependenciesOf(outcome.config.pipeline.get('build'))).toEqual(['^build']);
    expect(dependenciesOf(outcome.config.pipeline.get('test'))).toEqual(['build']);
    expect(outcome.config.pipeline.get('dev')).toMatchObject({ persistent: true, cache: false });
  });

  test('outputs are guessed by framework and entry points; who differs has an override; the reader is told to look', () => {
    expect(task(outcome, 'api', 'build').outputs).toEqual(['dist/**']);
    expect(task(outcome, 'cli', 'build').outputs).toEqual(['dist/**']);
    expect(task(outcome, 'web', 'build').outputs).toEqual(['.next/**', '!.next/cache/**']);
    expect(task(outcome, '@acme/ui', 'build').outputs).toEqual(['lib/**']);
    expect(outcome.yaml).toContain('# Outputs are guessed');
  });

  test('variables that a bundler reads by itself are part of every key', () => {
    expect(outcome.config.global.env).toEqual(['NEXT_PUBLIC_*']);
  });

  test('scripts that are not known to be tasks are noted, those a package manager calls are not', () => {
    expect(outcome.notes).toEqual([
      'package.json: scripts deploy: not known to be tasks; name those that are under pipeline',
    ]);
  });

  test('the remote block is there, commented out, with a reference to the token', () => {
    expect(outcome.yaml).toContain(
      '# remote:\n#   enabled: true\n#   url: "http://localhost:8080"\n#   token: "${VC_AUTH_TOKEN}"\n',
    );
    expect(outcome.config.remote.enabled).toBe(false);
    const active = outcome.yaml.replace(/^# (?=remote:|  \w+:)/gm, '');
    using dir = tempDir();
    writeTree(dir.path, { 'velocity.yml': active });
    const loaded = loadConfig({ root: dir.path, env: { VC_AUTH_TOKEN: 't' } });
    expect(loaded).toMatchObject({
      ok: true,
      config: { remote: { enabled: true, token: 't', url: 'http://localhost:8080' } },
    });
  });

  test('declared workspaces are not repeated', () => {
    expect(outcome.config).not.toHaveProperty('packages');
    expect(outcome.sources).toContain('package.json');
  });

  test('a single package has no dependencies to speak of', () => {
    const single = init({ 'package.json': npmPackage('app', { build: 'tsc', test: 'jest', 'check:types': 'tsc' }) });
    expect(single.yaml).not.toContain('"^');
    expect(dependenciesOf(single.config.pipeline.get('test'))).toEqual(['build']);
    expect(single.sources).toEqual(['package.json']);
  });

  test('an empty folder gets the starting point of the seed', () => {
    const empty = init({});
    expect(empty.config.pipeline.get('build')).toMatchObject({
      command: { text: 'npm run build' },
      outputs: ['dist/**'],
    });
    expect(empty.notes).toEqual(['no scripts and no manifests were found: the file is a starting point']);
  });

  test('pnpm-workspace.yaml says which packages there are', () => {
    const outcome = init({
      'pnpm-workspace.yaml': 'packages:\n  - "libs/*"\n',
      'libs/a/package.json': npmPackage('a', { build: 'x' }),
      'other/package.json': npmPackage('other', { serve: 'x' }),
    });
    expect([...outcome.config.pipeline.keys()]).toEqual(['build']);
    expect(outcome.sources).toEqual(['libs/a/package.json', 'pnpm-workspace.yaml']);
  });
});

describe('from turbo.json', () => {
  test('version 2: every word that has a counterpart is carried over', () => {
    const outcome = init({
      ...workspaces,
      'packages/web/package.json': npmPackage('web'),
      'turbo.json': `{
  // comments, and commas that JSON does not allow
  "$schema": "https://turborepo.com/schema.json",
  "globalDependencies": [".env", "$TURBO_ROOT$/tsconfig.json"],
  "globalEnv": ["CI"], "globalPassThroughEnv": ["AWS_*"], "cacheDir": ".cache/velocity",
  "tasks": {
    "build": { "dependsOn": ["^build", "web#gen"], "inputs": ["src/**", "!**/*.md", "$TURBO_ROOT$/x"], "outputs": ["dist/**", "!dist/tmp"],
               "env": ["NODE_ENV", "!VITE_*"], "passThroughEnv": ["TOKEN"], "cache": true, "description": "bundle" },
    "test": { "inputs": ["$TURBO_DEFAULT$", "!README.md"], "dependsOn": [] },
    "dev": { "cache": false, "persistent": true, }, /* the end */
    "//#fmt": { "outputs": [] },
    "web#gen": { "outputs": ["gen/**"] },
  },
}`,
    });
    expect(outcome.notes).toEqual([]);
    expect(outcome.sources).toEqual(['package.json', 'turbo.json']);
    expect(outcome.config.global).toMatchObject({ inputs: ['.env', 'tsconfig.json'], env: ['CI'], passEnv: ['AWS_*'] });
    expect(outcome.config.cache.dir).toMatch(/\.cache\/velocity$/);
    const build = outcome.config.pipeline.get('build');
    expect(build).toMatchObject({
      inputs: ['src/**', '!**/*.md', '$ROOT/x', 'package.json'],
      outputs: ['dist/**', '!dist/tmp'],
      env: ['NODE_ENV', '!VITE_*'],
      passEnv: ['TOKEN'],
      cache: true,
      description: 'bundle',
    });
    expect(dependenciesOf(build)).toEqual(['^build', 'web#gen']);
    expect(outcome.config.pipeline.get('test')?.inputs).toEqual(['$DEFAULT', '!README.md']);
    expect(outcome.config.pipeline.get('dev')).toMatchObject({ cache: false, persistent: true });
    expect(task(outcome, '//', 'fmt')).toMatchObject({ outputs: [] });
    expect(task(outcome, 'web', 'gen').outputs).toEqual(['gen/**']);
  });

  test('version 1: pipeline, and variables among dependencies', () => {
    const outcome = init({
      ...workspaces,
      'turbo.json': json({
        pipeline: { build: { dependsOn: ['^build', '$API_URL'], outputs: ['.next/**'], outputMode: 'hash-only' } },
        globalDependencies: ['$GITHUB_TOKEN', 'tsconfig.json'],
        globalDotEnv: ['.env'],
      }),
    });
    expect(outcome.config.global).toMatchObject({ env: ['GITHUB_TOKEN'], inputs: ['tsconfig.json'], dotenv: ['.env'] });
    expect(outcome.config.pipeline.get('build')).toMatchObject({ env: ['API_URL'], outputs: ['.next/**'] });
    expect(dependenciesOf(outcome.config.pipeline.get('build'))).toEqual(['^build']);
    expect(outcome.notes).toEqual([
      'turbo.json: build.outputMode: use --output-logs',
      'turbo.json: environment: turbo 1 gives tasks all variables, velocity those in env and pass_env; --env-mode loose gives them all',
    ]);
  });

  test("turbo's package#task stands alone: what the general task says is undone", () => {
    const outcome = init({
      ...workspaces,
      'turbo.json': json({
        tasks: {
          build: { dependsOn: ['^build'], inputs: ['src/**'], outputs: ['dist/**'], env: ['A'], cache: false },
          'web#build': { outputs: ['.next/**'] },
        },
      }),
    });
    const web = task(outcome, 'web', 'build');
    expect(web).toMatchObject({ inputs: ['$DEFAULT'], outputs: ['.next/**'], env: [], cache: true, dependsOn: [] });
  });

  test("a package's turbo.json becomes overrides that extend", () => {
    const outcome = init({
      ...workspaces,
      'packages/web/package.json': npmPackage('web'),
      'packages/web/turbo.json': json({
        extends: ['//'],
        tasks: { build: { outputs: ['$TURBO_EXTENDS$', 'extra/**'] }, own: { cache: false } },
        tags: ['x'],
      }),
      'turbo.json': json({ tasks: { build: { outputs: ['dist/**'], env: ['A'] } } }),
    });
    expect(task(outcome, 'web', 'build')).toMatchObject({ outputs: ['dist/**', 'extra/**'], env: ['A'] });
    expect(task(outcome, 'web', 'own')).toMatchObject({ cache: false });
    expect(outcome.notes).toEqual(['packages/web/turbo.json: tags: it has no counterpart']);
    expect(outcome.sources).toContain('packages/web/turbo.json');
  });

  test('what cannot be carried over is noted with its reason', () => {
    const outcome = init({
      ...workspaces,
      'turbo.json': json({
        ui: 'tui',
        remoteCache: { signature: true },
        tasks: {
          build: { inputs: ['../../x', 'src/**'], outputs: ['/abs', 'dist'], with: ['a#b'], env: ['A=1'] },
          'a b#c#d': {},
          test: { dependsOn: ['codegen'] },
        },
      }),
    });
    expect(outcome.notes).toEqual([
      'turbo.json: build.inputs ../../x: "../../x" leaves the package; name it from the workspace root: $ROOT/…',
      'turbo.json: build.outputs /abs: "/abs" is absolute; paths are relative to the package, or start with $ROOT/',
      'turbo.json: build.env A=1: "A=1" gives a value; list names only; values come from the environment',
      'turbo.json: build.with: it has no counterpart',
      'turbo.json: ui: it has no counterpart',
      'turbo.json: remoteCache: the gateway is another one; fill in the remote block',
      'codegen: other tasks depend on it and nothing says what it writes: not cached until outputs are named',
      '"a b#c#d" is not of the form package#task',
    ]);
    expect(outcome.config.pipeline.get('build')).toMatchObject({
      inputs: ['src/**', 'package.json'],
      outputs: ['dist'],
      env: [],
    });
    expect(outcome.config.pipeline.get('codegen')).toMatchObject({ cache: false });
  });

  test('whatever its settings hold, the result loads', () => {
    const text = fc.oneof(
      fc.constantFrom(
        '^build',
        'a#b',
        '//#x',
        '$TURBO_DEFAULT$',
        '$TURBO_ROOT$/x',
        '../x',
        '/x',
        '',
        '.',
        '**',
        '!a',
        '$X',
        'A=1',
        '__proto__',
        'constructor',
        'build',
        '\u2028',
        'a: b # c',
        '"',
        '\\',
      ),
      fc.string(),
    );
    const value = fc.oneof(fc.array(text, { maxLength: 4 }), text, fc.boolean(), fc.jsonValue({ maxDepth: 2 }));
    const key = fc.constantFrom(
      'dependsOn',
      'inputs',
      'outputs',
      'env',
      'passThroughEnv',
      'dotEnv',
      'cache',
      'persistent',
      'description',
      'other',
    );
    const tasks = fc.dictionary(text, fc.dictionary(key, value));
    const turbo = fc.dictionary(
      fc.constantFrom('globalDependencies', 'globalEnv', 'globalPassThroughEnv', 'globalDotEnv', 'cacheDir', 'ui'),
      value,
    );
    fc.assert(
      fc.property(turbo, tasks, fc.constantFrom('tasks', 'pipeline'), (globals, definitions, section) => {
        init({ 'turbo.json': json({ ...globals, [section]: definitions }) });
      }),
      { numRuns: 150 },
    );
  });
});

describe('from nx.json', () => {
  const outcome = init({
    ...workspaces,
    'packages/ui/package.json': npmPackage('ui', { build: 'x', test: 'y' }),
    'packages/api/package.json': npmPackage('api'),
    'packages/api/project.json': json({
      targets: {
        build: { command: 'make all', outputs: ['{projectRoot}/out'] },
        serve: { executor: '@nx/js:node' },
        gen: {
          executor: 'nx:run-commands',
          options: { command: 'gen {projectName}', cwd: '{projectRoot}' },
          cache: true,
          outputs: ['{workspaceRoot}/gen/{projectName}'],
        },
      },
    }),
    'nx.json': json({
      plugins: ['@nx/vite'],
      namedInputs: {
        default: ['{projectRoot}/**/*', 'shared'],
        shared: ['{workspaceRoot}/tsconfig.base.json'],
        production: ['default', '!{projectRoot}/**/*.spec.ts'],
      },
      targetDefaults: {
        build: {
          dependsOn: ['^build'],
          inputs: ['production', '^production', { env: 'X' }, { runtime: 'node -v' }],
          outputs: ['{workspaceRoot}/dist/{projectRoot}', '{projectRoot}/dist'],
          cache: true,
        },
        test: { inputs: ['default'], cache: true },
        lint: {},
        '@nx/vite:build': { cache: true },
        e2e: {
          outputs: ['{options.outputPath}'],
          cache: true,
          dependsOn: [
            { target: 'prep', dependencies: true },
            { target: 'build', projects: ['api'] },
          ],
        },
      },
    }),
  });

  test('named inputs are written out, paths are in our notation', () => {
    expect(outcome.config.pipeline.get('build')).toMatchObject({
      inputs: ['$DEFAULT', '$ROOT/tsconfig.base.json', '!**/*.spec.ts'],
      outputs: ['dist'],
      env: ['X'],
      cache: true,
    });
  });

  test('outputs that differ by project are written out for each', () => {
    expect(task(outcome, 'ui', 'build').outputs).toEqual(['$ROOT/dist/packages/ui', 'dist']);
  });

  test('what nx does not cache is not cached, nor what writes to places unknown', () => {
    expect(outcome.config.pipeline.get('lint')).toMatchObject({ cache: false });
    expect(outcome.config.pipeline.get('e2e')).toMatchObject({ cache: false });
    expect(dependenciesOf(outcome.config.pipeline.get('e2e'))).toEqual(['^prep', 'api#build']);
  });

  test('commands of project.json run where nx runs them', () => {
    expect(task(outcome, 'api', 'build')).toMatchObject({
      command: { text: 'cd ../.. && make all' },
      outputs: ['out'],
    });
    expect(task(outcome, 'api', 'gen')).toMatchObject({
      command: { text: 'gen api' },
      outputs: ['$ROOT/gen/api'],
      cache: true,
    });
  });

  test('the rest is noted', () => {
    expect(outcome.notes).toEqual([
      'nx.json: build.inputs {"runtime":"node -v"}: it has no counterpart',
      'nx.json: @nx/vite:build: defaults of an executor or a pattern; settings belong to a task here',
      'nx.json: e2e.outputs {options.outputPath}: it depends on options: not cached until you name it, and remove cache: false',
      'nx.json: plugins: tasks that plugins infer are not seen; write them under pipeline',
      'packages/api/project.json: targets.serve: executor "@nx/js:node": write the command that it runs',
      'prep: other tasks depend on it and nothing says what it writes: not cached until outputs are named',
    ]);
  });
});

describe('from polykit.toml', () => {
  const outcome = init({
    'polykit.toml': `
[workspace]
default_parallel = 4
[workspace.tasks]
build = "make"
test = { command = "make test", depends_on = ["build"] }
[remote_cache]
url = "http://localhost:8080"
env_vars = ["NODE_ENV", "RUST_BACKTRACE"]
input_files = ["src/**/*.ts", "**/*.rs", "package.json"]
max_artifact_size = 1073741824
read_only = true
`,
    'packages/a/polykit.toml':
      'name = "a"\nlanguage = "rust"\npublic = true\n[deps]\ninternal = ["b"]\n[tasks]\nbuild = "cargo build"\nlint.command = "x"\nlint.depends_on = ["build"]\n',
    'packages/b/polykit.toml': 'name = "b"\nlanguage = "go"\npublic = true\n[deps]\ninternal = []\n',
  });

  test('tasks of the workspace are the pipeline, those of packages go over it', () => {
    expect(task(outcome, 'b', 'build')).toMatchObject({
      command: { text: 'make' },
      inputs: ['src/**/*.ts', '**/*.rs', 'package.json'],
    });
    expect(task(outcome, 'a', 'build')).toMatchObject({ command: { text: 'cargo build' } });
    expect(dependenciesOf(task(outcome, 'a', 'lint'))).toEqual(['^lint', 'build']);
    expect(dependenciesOf(task(outcome, 'a', 'test'))).toEqual(['^test', 'build']);
  });

  test('a task whose outputs nobody knows is not cached, a check is', () => {
    expect(task(outcome, 'b', 'build').cache).toBe(false);
    expect(task(outcome, 'b', 'test').cache).toBe(true);
  });

  test('the remote cache is carried over', () => {
    expect(outcome.config.remote).toMatchObject({
      enabled: true,
      url: 'http://localhost:8080',
      readOnly: true,
      maxArtifactSizeBytes: 1024 ** 3,
    });
    expect(outcome.config.global.env).toEqual(['NODE_ENV', 'RUST_BACKTRACE']);
  });

  test('the rest is noted', () => {
    expect(outcome.notes).toEqual([
      'polykit.toml: remote_cache.url: polykit-cache speaks another protocol; the address must be that of a velocity-server',
      'polykit.toml: build: Polykit knows no outputs: not cached until you name them, and remove cache: false',
      'polykit.toml: default_parallel: use --concurrency, or VELOCITY_CONCURRENCY',
    ]);
  });
});

describe('from manifests of other languages', () => {
  test('a single crate', () => {
    const outcome = init({
      'Cargo.toml': '[package]\nname = "app"\nversion = "0.1.0"\n',
      'src/main.rs': '',
      'src/bin/extra.rs': '',
    });
    expect(outcome.config.pipeline.get('build')).toMatchObject({
      command: { text: 'cargo build --release' },
      outputs: ['target/release/app', 'target/release/extra'],
    });
    expect(outcome.config.pipeline.get('test')).toMatchObject({ command: { text: 'cargo test' } });
    expect(outcome.config.overrides.size).toBe(0);
  });

  test('a Cargo workspace shares its command; programs are outputs of their own crates', () => {
    const outcome = init({
      'Cargo.toml': '[workspace]\nmembers = ["a", "b"]\n',
      'a/Cargo.toml': '[package]\nname = "a"\nversion = "0.1.0"\n',
      'a/src/lib.rs': '',
      'b/Cargo.toml': '[package]\nname = "b"\nversion = "0.1.0"\n[dependencies]\na = { path = "../a" }\n',
      'b/src/main.rs': '',
    });
    const inputs = ['$DEFAULT', '$ROOT/Cargo.toml', '$ROOT/Cargo.lock'];
    expect(task(outcome, 'a', 'build')).toMatchObject({
      command: { text: 'cargo build --release' },
      outputs: [],
      inputs,
    });
    expect(task(outcome, 'b', 'build')).toMatchObject({ outputs: ['$ROOT/target/release/b'], inputs });
    expect(dependenciesOf(task(outcome, 'b', 'test'))).toEqual(['^build']);
  });

  test('Go: programs go to bin, a library is only compiled', () => {
    expect(init({ 'go.mod': 'module x/app\n', 'main.go': 'package main' }).config.pipeline.get('build')).toMatchObject({
      command: { text: 'go build -o bin/ ./...' },
      outputs: ['bin/**'],
    });
    expect(init({ 'go.mod': 'module x/lib\n' }).config.pipeline.get('build')).toMatchObject({
      command: { text: 'go build ./...' },
      outputs: [],
    });
  });

  test('Python: only the tools that the project uses', () => {
    const outcome = init({
      'pyproject.toml': '[project]\nname = "ml"\ndependencies = ["ruff"]\n[tool.pytest.ini_options]\n',
    });
    expect([...outcome.config.pipeline].map(([name, found]) => [name, found.command])).toEqual([
      ['test', { kind: 'shell', text: 'python3 -m pytest' }],
      ['lint', { kind: 'shell', text: 'ruff check .' }],
    ]);
    expect(init({ 'requirements.txt': 'flake8\n' }).config.pipeline.get('lint')).toMatchObject({
      command: { text: 'flake8' },
    });
    expect(init({ 'pyproject.toml': '[project]\nname = "ml"\n' }).notes).toContain(
      'pyproject.toml: no test runner, linter or build tool that is known here; add commands under overrides',
    );
  });

  const mixed: Tree = {
    ...workspaces,
    'packages/ui/package.json': npmPackage('ui', { build: 'tsc', test: 'jest' }),
    'Cargo.toml': '[workspace]\nmembers = ["crates/*"]\n',
    'crates/core/Cargo.toml': '[package]\nname = "core"\nversion = "0.1.0"\n',
    'crates/core/src/lib.rs': '',
    'services/api/go.mod': 'module github.com/acme/api\n',
    'services/api/main.go': 'package main',
    'ml/pyproject.toml': '[project]\nname = "ml"\ndependencies = ["pytest"]\n',
  };

  test('a mixed workspace: scripts in the pipeline, commands in overrides that inherit nothing made for scripts', () => {
    const outcome = init(mixed);
    expect(task(outcome, 'ui', 'build')).toMatchObject({ outputs: ['dist/**'] });
    expect(task(outcome, 'ui', 'build').command).toBeUndefined();
    expect(task(outcome, 'core', 'build')).toMatchObject({ command: { text: 'cargo build --release' }, outputs: [] });
    expect(task(outcome, 'github.com/acme/api', 'build')).toMatchObject({ outputs: ['bin/**'] });
    expect(task(outcome, 'ml', 'test')).toMatchObject({ command: { text: 'python3 -m pytest' } });
    expect(outcome.config.packages).toEqual(['crates/*', 'ml', 'packages/*', 'services/*']);
  });

  test('beside a turbo.json too, with inputs of their own', () => {
    const outcome = init({
      ...mixed,
      'turbo.json': json({ tasks: { build: { inputs: ['src/**/*.ts'], outputs: ['dist/**'] } } }),
    });
    expect(task(outcome, 'github.com/acme/api', 'build')).toMatchObject({ inputs: ['$DEFAULT'], outputs: ['bin/**'] });
  });

  test('a folder with two manifests keeps its script; the other command gets a name of its own', () => {
    const outcome = init({
      'package.json': npmPackage('addon', { build: 'napi build' }),
      'Cargo.toml': '[package]\nname = "addon"\nversion = "0.1.0"\n',
      'src/lib.rs': '',
    });
    expect(outcome.config.pipeline.get('build')?.command).toBeUndefined();
    expect(outcome.config.pipeline.get('cargo-build')).toMatchObject({ command: { text: 'cargo build --release' } });
    expect(outcome.config.pipeline.get('test')).toMatchObject({ command: { text: 'cargo test' } });
  });

  test('many manifests are told as a number', () => {
    const crates = Array.from({ length: 8 }, (_, i) => [
      `c/${i}/Cargo.toml`,
      `[package]\nname = "c${i}"\nversion = "0.1.0"\n`,
    ]);
    const outcome = init({ 'Cargo.toml': '[workspace]\nmembers = ["c/*"]\n', ...Object.fromEntries(crates) });
    expect(outcome.sources).toEqual(['9 files Cargo.toml']);
  });
});

describe('the choice of a source', () => {
  const both = {
    'turbo.json': json({ tasks: { a: {} } }),
    'nx.json': json({ targetDefaults: { b: { cache: true } } }),
  };

  test('turbo goes before nx, and --from before both', () => {
    expect([...init(both).config.pipeline.keys()]).toEqual(['a']);
    expect([...init(both, 'nx').config.pipeline.keys()]).toEqual(['b']);
  });

  test('an absent source is an error that names the file', () => {
    using dir = tempDir();
    expect(() => generateConfig({ root: dir.path, from: 'polykit' })).toThrow(
      'there is no polykit.toml in the workspace',
    );
  });

  test.each([
    ['turbo.json', '{ "tasks": '],
    ['nx.json', '[]'],
    ['polykit.toml', 'a = ='],
  ])('a broken %s is an error that names it', (file, text) => {
    using dir = tempDir();
    writeTree(dir.path, { [file]: text });
    expect(() => generateConfig({ root: dir.path })).toThrow(file);
  });
});
