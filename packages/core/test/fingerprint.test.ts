import { describe, expect, test } from '@jest/globals';
import { cacheKeyOf, diffFingerprints, digestOf, hashEnvValue, type Fingerprint } from '@velocity/core';

const base: Fingerprint = {
  format: 1,
  project: 'acme',
  package: 'web',
  directory: 'apps/web',
  task: 'build',
  command: { kind: 'shell', text: 'tsc -b' },
  args: [],
  platform: 'linux-x64',
  toolchains: { node: 'v20.20.2' },
  global: { inputs: [], env: { CI: null }, dotenv: {} },
  inputs: [
    { path: 'package.json', type: 'file', digest: digestOf('{}') },
    { path: 'src/a.ts', type: 'file', digest: digestOf('a') },
    { path: 'src/run', type: 'executable', digest: digestOf('run') },
    { path: 'src/link', type: 'symlink', digest: digestOf('a.ts') },
  ],
  env: { NODE_ENV: hashEnvValue('acme', 'NODE_ENV', 'production') },
  dotenv: { API_URL: hashEnvValue('acme', 'API_URL', 'http://localhost') },
  lockfile: { react: '19.2.0' },
  dependencies: { 'ui#build': digestOf('ui') },
  outputs: ['dist/**'],
};

/** Each of these makes another result possible, so each must make another key. */
const variants: Readonly<Record<string, Fingerprint>> = {
  'the project': { ...base, project: 'other' },
  'the package': { ...base, package: 'api' },
  'the folder': { ...base, directory: 'apps/api' },
  'the task': { ...base, task: 'test' },
  'the command': { ...base, command: { kind: 'shell', text: 'tsc -b -v' } },
  'a shell or none': { ...base, command: { kind: 'argv', argv: ['tsc', '-b'] } },
  'the order of arguments': { ...base, args: ['one', 'two'] },
  'the other order of arguments': { ...base, args: ['two', 'one'] },
  'the platform': { ...base, platform: 'darwin-arm64' },
  'a toolchain version': { ...base, toolchains: { node: 'v24.0.0' } },
  'a global input': {
    ...base,
    global: { ...base.global, inputs: [{ path: '.nvmrc', type: 'file', digest: digestOf('20') }] },
  },
  'a global variable': { ...base, global: { ...base.global, env: { CI: hashEnvValue('acme', 'CI', '') } } },
  'a variable of a global dotenv file': { ...base, global: { ...base.global, dotenv: base.dotenv } },
  'a variable of a dotenv file': { ...base, dotenv: { API_URL: hashEnvValue('acme', 'API_URL', '') } },
  'a variable that a dotenv file no longer sets': { ...base, dotenv: {} },
  'the content of an input': {
    ...base,
    inputs: [...base.inputs.slice(0, 3), { path: 'src/link', type: 'symlink', digest: digestOf('b.ts') }],
  },
  'the mode of an input': {
    ...base,
    inputs: base.inputs.map((input) => (input.path === 'src/run' ? { ...input, type: 'file' as const } : input)),
  },
  'the name of an input': {
    ...base,
    inputs: base.inputs.map((input) => (input.path === 'src/a.ts' ? { ...input, path: 'src/b.ts' } : input)),
  },
  'an input less': { ...base, inputs: base.inputs.slice(1) },
  'the value of a variable': { ...base, env: { NODE_ENV: hashEnvValue('acme', 'NODE_ENV', 'test') } },
  'a variable that is empty': { ...base, env: { NODE_ENV: hashEnvValue('acme', 'NODE_ENV', '') } },
  'a variable that is not set': { ...base, env: { NODE_ENV: null } },
  'a variable that is not declared': { ...base, env: {} },
  'an external package': { ...base, lockfile: { react: '19.2.1' } },
  'a dependency': { ...base, dependencies: { 'ui#build': digestOf('ui 2') } },
  'the outputs': { ...base, outputs: ['dist/**', '!dist/cache/**'] },
};

describe('a cache key', () => {
  test('is frozen: another value here makes every stored result of every user worthless', () => {
    expect(cacheKeyOf(base)).toBe('12438d93a17ff6943b1249e9b37b1e71b3d5d75aa06d0a2b1f08b92ac5176bfd');
  });

  test('does not depend on the order in which a fingerprint was put together', () => {
    const reversed = Object.fromEntries(Object.entries(base).toReversed()) as unknown as Fingerprint;
    expect(cacheKeyOf(reversed)).toBe(cacheKeyOf(base));
  });

  test.each(Object.entries(variants))('differs by %s', (_name, variant) => {
    expect(cacheKeyOf(variant)).not.toBe(cacheKeyOf(base));
    expect(diffFingerprints(base, variant).length).toBeGreaterThan(0);
  });

  test('differs between all of these', () => {
    const keys = Object.values(variants).map(cacheKeyOf);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('the difference between two fingerprints', () => {
  test('is empty for equal ones', () => {
    expect(diffFingerprints(base, structuredClone(base))).toEqual([]);
  });

  test('takes a part that an earlier version did not store for an empty one', () => {
    const { dotenv: _, ...earlier } = base;
    expect(diffFingerprints(earlier as Fingerprint, base)).toEqual([
      { kind: 'dotenv', name: 'API_URL', change: 'set' },
    ]);
  });

  test('takes a package that went in one version and came in another for one change', () => {
    const lock = (lockfile: Record<string, string>): Fingerprint => ({ ...base, lockfile });
    const changes = (before: Record<string, string>, after: Record<string, string>): unknown =>
      diffFingerprints(lock(before), lock(after)).map((change) => ({ ...change, kind: undefined }));
    const [a, b] = ['sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==', 'sha512-BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB=='];
    expect(changes({ 'react@19.1.0': a, 'x@1.0.0': a }, { 'react@19.2.0': b, 'x@1.0.0': a })).toEqual([
      { name: 'react', before: '19.1.0', after: '19.2.0' },
    ]);
    expect(changes({ '@a/b@1.0.0': a }, { '@a/b@1.0.0': b })).toEqual([
      { name: '@a/b', before: '1.0.0 (AAAAAAAAAAAA)', after: '1.0.0 (BBBBBBBBBBBB)' },
    ]);
    expect(changes({ 'x@1.0.0': a }, { 'x@1.0.0': a, 'x@2.0.0': b, 'u@1.0.0 > x': 'x@2.0.0' })).toEqual([
      { name: 'x', after: '2.0.0' },
    ]);
    expect(changes({ 'u@1.0.0 > x': 'x@1.0.0' }, { 'u@1.0.0 > x': 'x@2.0.0' })).toEqual([
      { name: 'u@1.0.0 > x', before: 'x@1.0.0', after: 'x@2.0.0' },
    ]);
    expect(changes({ '*yarn.lock': a }, {})).toEqual([{ name: '*yarn.lock', before: 'AAAAAAAAAAAA' }]);
  });

  test('names files, variables, versions and dependencies, and never a value', () => {
    const after: Fingerprint = {
      ...base,
      inputs: [
        { path: 'src/a.ts', type: 'file', digest: digestOf('changed') },
        { path: 'src/new.ts', type: 'file', digest: digestOf('new') },
        { path: 'src/run', type: 'file', digest: digestOf('run') },
        { path: 'src/link', type: 'symlink', digest: digestOf('a.ts') },
      ],
      env: { NODE_ENV: null, API_URL: hashEnvValue('acme', 'API_URL', 'https://secret.example') },
      dotenv: { API_URL: hashEnvValue('acme', 'API_URL', 'http://other'), DEBUG: hashEnvValue('acme', 'DEBUG', '1') },
      global: { ...base.global, dotenv: { REGION: hashEnvValue('acme', 'REGION', 'eu') } },
      toolchains: { node: 'v24.0.0' },
      lockfile: { react: '19.2.1' },
      dependencies: { 'lib#build': digestOf('lib') },
    };
    expect(diffFingerprints(base, after)).toEqual([
      { kind: 'input', path: 'src/a.ts', change: 'changed' },
      { kind: 'input', path: 'src/new.ts', change: 'added' },
      { kind: 'input', path: 'src/run', change: 'mode' },
      { kind: 'input', path: 'package.json', change: 'removed' },
      { kind: 'env', name: 'API_URL', change: 'set' },
      { kind: 'env', name: 'NODE_ENV', change: 'unset' },
      { kind: 'dotenv', name: 'API_URL', change: 'changed' },
      { kind: 'dotenv', name: 'DEBUG', change: 'set' },
      { kind: 'toolchain', name: 'node', before: 'v20.20.2', after: 'v24.0.0' },
      { kind: 'lockfile', name: 'react', before: '19.2.0', after: '19.2.1' },
      { kind: 'global-dotenv', name: 'REGION', change: 'set' },
      { kind: 'dependency', task: 'lib#build', change: 'added' },
      { kind: 'dependency', task: 'ui#build', change: 'removed' },
    ]);
  });
});

test('an environment value leaves only a hash that depends on project and name', () => {
  const hash = hashEnvValue('acme', 'TOKEN', 'secret');
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set([hash, hashEnvValue('other', 'TOKEN', 'secret'), hashEnvValue('acme', 'TOKEN2', 'secret')]).size).toBe(
    3,
  );
});
