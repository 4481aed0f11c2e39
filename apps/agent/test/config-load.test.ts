import { describe, expect, test } from '@jest/globals';
import { tempDir, writeTree } from '@velocity/testing';
import { loadConfig } from '../src/config/load-config.js';
import type { VelocityConfig } from '../src/config/types.js';

function load(yaml: string, env: Record<string, string | undefined> = {}): VelocityConfig {
  using dir = tempDir();
  writeTree(dir.path, { 'velocity.yml': yaml });
  const result = loadConfig({ root: dir.path, env });
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result.config;
}

/** The client configuration of the first seed, letter for letter. */
const SEED = `version: 1
remote:
  enabled: true
  url: "http://localhost:8080"
  token: "\${VC_AUTH_TOKEN}" # Supports env var expansion

pipeline:
  build:
    command: "npm run build"
    inputs:
      - "src/**"
      - "package.json"
    outputs:
      - "dist/**"
    depends_on:
      - "^build" # Topological dependency
`;

describe('a valid velocity.yml', () => {
  test('the document of the first seed loads unchanged', () => {
    const config = load(SEED, { VC_AUTH_TOKEN: 'secret-token' });
    expect(config.remote).toMatchObject({
      enabled: true,
      url: 'http://localhost:8080',
      token: 'secret-token',
      tokenSource: 'env',
    });
    expect(config.pipeline.get('build')).toEqual({
      command: { kind: 'shell', text: 'npm run build' },
      inputs: ['src/**', 'package.json'],
      jsonInputs: [],
      outputs: ['dist/**'],
      dependsOn: [{ text: '^build', keyedBy: 'key', origin: { file: 'velocity.yml', line: 16, column: 9 } }],
      env: [],
      passEnv: [],
      dotenv: [],
      cache: true,
      persistent: false,
      clean: 'auto',
      origin: { file: 'velocity.yml', line: 8, column: 3 },
    });
  });

  test("the words of the second seed's remote_cache table are known", () => {
    const config = load(`
remote_cache:
  url: "http://localhost:8080"
  max_artifact_size: 1073741824
  read_only: false
pipeline:
  build: { input_files: ["src/**/*.ts", "**/*.rs", "package.json"], env_vars: ["NODE_ENV", "RUST_BACKTRACE"] }
`);
    expect(config.remote).toMatchObject({ enabled: true, readOnly: false, maxArtifactSizeBytes: 1024 ** 3 });
    expect(config.pipeline.get('build')).toMatchObject({
      inputs: ['src/**/*.ts', '**/*.rs', 'package.json'],
      env: ['NODE_ENV', 'RUST_BACKTRACE'],
    });
  });

  test.each([
    ['an empty file', ''],
    ['only a comment', '# nothing yet\n'],
    ['a bare version', 'version: 1'],
    ['keys without values', 'pipeline:\nremote:\n'],
  ])('%s has all defaults', (_name, yaml) => {
    const config = load(yaml);
    expect(config).toMatchObject({
      file: 'velocity.yml',
      remote: {
        enabled: false,
        tokenSource: 'none',
        readOnly: false,
        maxArtifactSizeBytes: 1024 ** 3,
        timeoutMs: 10_000,
        upload: 'background',
        publicKeys: [],
      },
      cache: { maxSizeBytes: 20 * 1024 ** 3, maxAgeMs: 30 * 86_400_000 },
      global: { inputs: [], env: [], passEnv: [], dotenv: [], toolchains: 'auto', platform: 'os-arch' },
    });
    expect(config.pipeline.size + config.overrides.size).toBe(0);
    expect(config).not.toHaveProperty('packages');
    expect(config.cache).not.toHaveProperty('dir');
  });

  test('every key of the reference page is read', () => {
    const config = load(`
version: 1
project_id: acme
packages: ["apps/*", "./packages/*/", "!**/fixtures"]
remote:
  enabled: false
  url: "http://localhost:8080/"
  token: "abc"
  read_only: true
  max_artifact_size: 500MB
  timeout: 2s
  upload: wait
  public_keys: ["k1"]
cache: { dir: auto, max_size: 1GiB, max_age: 7d }
global: { inputs: [.nvmrc], env: [CI], pass_env: [SSH_AUTH_SOCK], dotenv: [.env], toolchains: [node], platform: any }
pipeline:
  build:
    command: [node, build.js]
    inputs: ["src/**", "!**/*.md", "$ROOT/proto/**", "$DEFAULT"]
    outputs: ["./dist/", "$ROOT/out/x", "!dist/tmp"]
    dependsOn: ["^build", codegen, "proto#gen", "//#prepare"]
    env: [NODE_ENV, "VITE_*", "!VITE_LOCAL_*"]
    pass_env: [AWS_PROFILE]
    dotenv: [.env.production]
    timeout: 20m
    clean: false
    platform: inherit
    description: bundle
  dev: { persistent: true, cache: true }
  "//#prepare": { outputs: [gen] }
overrides:
  "@scope/web#build": { outputs: ["$INHERIT", ".next/**", "!.next/cache/**"] }
`);
    expect(config).toMatchObject({
      projectId: 'acme',
      packages: ['apps/*', 'packages/*', '!**/fixtures'],
      remote: {
        enabled: false,
        url: 'http://localhost:8080',
        token: 'abc',
        tokenSource: 'literal',
        readOnly: true,
        maxArtifactSizeBytes: 500e6,
        timeoutMs: 2000,
        upload: 'wait',
        publicKeys: ['k1'],
      },
      cache: { maxSizeBytes: 1024 ** 3, maxAgeMs: 7 * 86_400_000 },
      global: {
        inputs: ['.nvmrc'],
        env: ['CI'],
        passEnv: ['SSH_AUTH_SOCK'],
        dotenv: ['.env'],
        toolchains: ['node'],
        platform: 'any',
      },
    });
    expect(config.pipeline.get('build')).toMatchObject({
      command: { kind: 'argv', argv: ['node', 'build.js'] },
      inputs: ['src/**', '!**/*.md', '$ROOT/proto/**', '$DEFAULT'],
      outputs: ['dist', '$ROOT/out/x', '!dist/tmp'],
      passEnv: ['AWS_PROFILE'],
      dotenv: ['.env.production'],
      timeoutMs: 1_200_000,
      clean: false,
      platform: 'inherit',
      description: 'bundle',
    });
    expect(
      config.pipeline.get('build')?.dependsOn.map(({ text, origin }) => [text, origin.line, origin.column]),
    ).toEqual([
      ['^build', 21, 17],
      ['codegen', 21, 27],
      ['proto#gen', 21, 36],
      ['//#prepare', 21, 49],
    ]);
    expect(config.pipeline.get('dev')).toMatchObject({ persistent: true, cache: false });
    expect([...config.pipeline.keys()]).toEqual(['build', 'dev']);
    expect([...config.overrides]).toMatchObject([
      ['//#prepare', { outputs: ['gen'] }],
      ['@scope/web#build', { outputs: ['$INHERIT', '.next/**', '!.next/cache/**'] }],
    ]);
  });

  test.each(['dependsOn', 'depends-on', 'depends_on'])('%s is one spelling of depends_on', (key) => {
    expect(load(`pipeline: { a: { ${key}: [b] } }`).pipeline.get('a')?.dependsOn).toMatchObject([{ text: 'b' }]);
  });

  test.each(['env', 'env_keys', 'env_vars'])('%s is one spelling of env', (key) => {
    expect(load(`pipeline: { a: { ${key}: [B] } }`).pipeline.get('a')?.env).toEqual(['B']);
  });

  test('anchors and aliases share settings', () => {
    const config = load('pipeline:\n  a: &base { outputs: &out [dist] }\n  b: *base\n  c: { outputs: *out }\n');
    expect([...config.pipeline.values()].map((task) => task.outputs)).toEqual([['dist'], ['dist'], ['dist']]);
  });

  test('velocity.yaml is read where there is no velocity.yml; a byte order mark and CRLF do not matter', () => {
    using dir = tempDir();
    writeTree(dir.path, { 'velocity.yaml': '\ufeffversion: 1\r\npipeline:\r\n  build:\r\n' });
    expect(loadConfig({ root: dir.path, env: {} })).toMatchObject({
      ok: true,
      config: { root: dir.path, file: 'velocity.yaml' },
    });
  });

  test('a cache folder is relative to the workspace', () => {
    using dir = tempDir();
    writeTree(dir.path, { 'velocity.yml': 'cache: { dir: .velocity/cache }' });
    expect(loadConfig({ root: dir.path, env: {} })).toMatchObject({
      config: { cache: { dir: dir.join('.velocity/cache') } },
    });
  });

  test('a timeout never exceeds what a timer can wait', () => {
    expect(load('pipeline: { a: { timeout: 90d } }').pipeline.get('a')?.timeoutMs).toBe(2 ** 31 - 1);
  });
});

describe('variables', () => {
  const tokenOf = (token: string, env: Record<string, string | undefined> = {}) => {
    const { remote } = load(`remote: { url: "http://h", token: ${JSON.stringify(token)} }`, env);
    return [remote.token, remote.tokenSource];
  };

  test.each([
    ['of the environment', '${T}', { T: 'abc' }, ['abc', 'env']],
    ['in the middle of a text', 'a-${T}-c', { T: 'b' }, ['a-b-c', 'env']],
    ['not set: no token', '${T}', {}, [undefined, 'none']],
    ['empty: no token', '${T}', { T: '' }, [undefined, 'none']],
    ['with a default', '${T:-d}', {}, ['d', 'literal']],
    ['with an empty default', '${T:-}', {}, [undefined, 'none']],
    ['set, with a default', '${T:-d}', { T: 'abc' }, ['abc', 'env']],
    ['with a line end from a file', '${T}', { T: 'abc\n' }, ['abc', 'env']],
    ['not expanded twice', '${T}', { T: '${U}', U: 'x' }, ['${U}', 'env']],
    ['that YAML would misread', '${T}', { T: 'true' }, ['true', 'env']],
    ['that holds quotes and #', '${T}', { T: `a" #'b: c` }, [`a" #'b: c`, 'env']],
    ['written without braces stays as it is', '$T', { T: 'abc' }, ['$T', 'literal']],
    ['named like a part of every object', '${constructor}', {}, [undefined, 'none']],
  ])('a token %s', (_name, token, env, expected) => {
    expect(tokenOf(token, env)).toEqual(expected);
  });

  test('expand in every text under remote', () => {
    const yaml =
      'remote: { enabled: "${ON:-true}", url: "${URL}", read_only: "${RO}", timeout: "${T:-3s}", public_keys: ["${K}", "${L}"] }';
    expect(load(yaml, { URL: 'https://c.example/', RO: 'false', K: 'k1' }).remote).toMatchObject({
      enabled: true,
      url: 'https://c.example',
      readOnly: false,
      timeoutMs: 3000,
      publicKeys: ['k1'],
    });
  });

  test('a url that expands to nothing is not set', () => {
    const { remote } = load('remote: { url: "${URL}" }');
    expect(remote).toMatchObject({ enabled: false });
    expect(remote).not.toHaveProperty('url');
  });

  test('never expand outside of remote, least of all in a command', () => {
    const config = load('project_id: "${T}"\npipeline: { a: { command: "echo ${T} $T $(T)", outputs: ["${T}"] } }', {
      T: 'x',
    });
    expect(config.projectId).toBe('${T}');
    expect(config.pipeline.get('a')).toMatchObject({ command: { text: 'echo ${T} $T $(T)' }, outputs: ['${T}'] });
  });
});

describe('plain scalars', () => {
  test.each([
    ['null', undefined],
    ['Null', undefined],
    ['~', undefined],
    ['nullish', 'nullish'],
    ['True story', 'True story'],
    ['yes', 'yes'],
    ['npm', 'npm'],
    ['1.2.3', '1.2.3'],
    ['-x', '-x'],
    ['.hidden', '.hidden'],
    ['2024-01-01', '2024-01-01'],
    ['1_000', '1_000'],
    ['"1"', '1'],
    ['!!str 1', '1'],
  ])('%s is read as YAML 1.2 reads it', (text, expected) => {
    expect(load(`project_id: ${text}`).projectId).toBe(expected);
  });

  test.each(['true', 'False', '1', '0x10', '-1.5e3', '.inf', '+.5'])('%s is no text', (text) => {
    expect(() => load(`project_id: ${text}`)).toThrow('project_id: expected a string');
  });
});
