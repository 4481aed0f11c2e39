import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@velocity/core';
import { envToConfig } from '../src/config/env-to-config.js';
import { loadConfig, reloadGrants } from '../src/config/load-config.js';
import type { ConfigFlags, ConfigProblem, GatewayConfig } from '../src/config/config.js';
import type { Environment } from '../src/env.js';

function accepted(env: Environment, flags: ConfigFlags = {}): GatewayConfig {
  const checked = envToConfig(env, flags);
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
}

function refused(env: Environment, flags: ConfigFlags = {}): readonly ConfigProblem[] {
  const checked = envToConfig(env, flags);
  if (checked.ok) throw new Error('no problem was found');
  return checked.problems;
}

describe('the defaults', () => {
  test('need nothing: local storage in the user’s data directory, on loopback', () => {
    expect(accepted({ HOME: '/home/u' })).toMatchObject({
      bind: '127.0.0.1',
      port: 8080,
      baseUrl: undefined,
      namespace: 'default',
      storage: { driver: 'local', root: '/home/u/.local/share/velocity/store' },
      grants: [],
      maxArtifactSize: 10 * 1024 ** 3,
      retention: { maxAgeMs: undefined, maxStoreSize: undefined },
      logLevel: 'info',
    });
    expect(accepted({ XDG_DATA_HOME: '/data', HOME: '/home/u' }).storage).toMatchObject({
      root: '/data/velocity/store',
    });
    expect(accepted({}).storage).toMatchObject({ root: 'velocity-store' });
  });

  test('variables of the project’s other programs are left alone', () => {
    accepted({ VC_SERVER_URL: 'http://x', VC_REQUIRE_REAL: '1', VC_TEST_S3_ENDPOINT: 'http://x' });
  });
});

test('without an address it listens for everyone when there is a token, and on loopback when there is none', () => {
  expect(accepted({}).bind).toBe('127.0.0.1');
  expect(accepted({ VC_AUTH_TOKEN: 'secret-token' }).bind).toBe('0.0.0.0');
});

describe('what is given', () => {
  test('is taken from the variables, and a flag wins over its variable', () => {
    const env = {
      VC_PORT: '1',
      VC_BIND: '127.0.0.2',
      VC_LOCAL_ROOT: '/a',
      VC_MAX_ARTIFACT_SIZE: '1GiB',
      VC_LOG_LEVEL: 'warn',
    };
    expect(accepted(env)).toMatchObject({
      port: 1,
      bind: '127.0.0.2',
      storage: { root: '/a' },
      maxArtifactSize: 1024 ** 3,
      logLevel: 'warn',
    });
    const flags = { port: '2', bind: '::1', storageDir: '/b', maxSize: '1073741824', logLevel: 'debug' };
    expect(accepted(env, flags)).toMatchObject({
      port: 2,
      bind: '::1',
      storage: { root: '/b' },
      maxArtifactSize: 1024 ** 3,
      logLevel: 'debug',
    });
  });

  test('makes an S3 store, path style where an endpoint is set', () => {
    const env = { VC_STORAGE_DRIVER: 's3', VC_S3_BUCKET: 'cache', VC_S3_REGION: 'eu-central-1' };
    expect(accepted(env).storage).toEqual({
      driver: 's3',
      bucket: 'cache',
      region: 'eu-central-1',
      endpoint: undefined,
      publicEndpoint: undefined,
      forcePathStyle: false,
    });
    const withEndpoint = {
      ...env,
      VC_S3_ENDPOINT: 'http://minio:9000/',
      VC_S3_PUBLIC_ENDPOINT: 'https://s3.example.org',
    };
    expect(accepted(withEndpoint).storage).toMatchObject({
      endpoint: 'http://minio:9000',
      publicEndpoint: 'https://s3.example.org',
      forcePathStyle: true,
    });
    expect(accepted({ ...withEndpoint, VC_S3_FORCE_PATH_STYLE: 'false' }).storage).toMatchObject({
      forcePathStyle: false,
    });
  });

  test('may come in the variables that the AWS SDK reads', () => {
    const env = { VC_STORAGE_DRIVER: 's3', VC_S3_BUCKET: 'cache', AWS_ENDPOINT_URL: 'http://minio:9000' };
    expect(accepted(env).storage).toMatchObject({
      endpoint: 'http://minio:9000',
      publicEndpoint: 'http://minio:9000',
      region: 'us-east-1',
    });
    expect(accepted({ VC_STORAGE_DRIVER: 's3', VC_S3_BUCKET: 'cache', AWS_REGION: 'eu-west-1' }).storage).toMatchObject(
      { region: 'eu-west-1' },
    );
  });

  test('one token for each role, kept only as its digest', () => {
    const config = accepted({
      VC_AUTH_TOKEN: 'aaaaaa',
      VC_READ_TOKEN: 'bbbbbb',
      VC_PR_TOKEN: 'cccccc',
      VC_BIND: '0.0.0.0',
      VC_NAMESPACE: 'acme',
    });
    expect(config.grants).toMatchObject([
      { name: 'trusted', role: 'trusted-writer', namespace: 'acme', sha256: digestOf('aaaaaa') },
      { name: 'reader', role: 'reader', namespace: 'acme' },
      { name: 'pr', role: 'scoped-writer', namespace: 'acme', scope: 'pr' },
    ]);
    expect(config.keySource).toMatchObject({ from: 'VC_AUTH_TOKEN' });
  });

  test('a ticket key of 32 bytes, in hexadecimal or base64', () => {
    const key = Buffer.alloc(32, 7);
    expect(accepted({ VC_TICKET_KEY: key.toString('hex') }).keySource?.bytes).toEqual(key);
    expect(accepted({ VC_TICKET_KEY: key.toString('base64') }).keySource?.bytes).toEqual(key);
  });

  test('limits of retention in days and sizes', () => {
    const env = { VC_RETENTION_DAYS: '7', VC_MAX_STORE_SIZE: '100GiB', VC_SWEEP_INTERVAL: '30m' };
    expect(accepted(env).retention).toEqual({
      maxAgeMs: 7 * 86_400_000,
      maxStoreSize: 100 * 1024 ** 3,
      sweepIntervalMs: 1_800_000,
    });
  });
});

describe('what is refused, with what to do', () => {
  test.each<[string, Environment, string, RegExp]>([
    ['a typo', { VC_PROT: '1' }, 'VC_PROT', /VC_PORT/],
    ['an unknown variable', { VC_SOMETHING_ELSE_ENTIRELY: '1' }, 'VC_SOMETHING_ELSE_ENTIRELY', /--help/],
    ['a port that is none', { VC_PORT: '99999' }, 'VC_PORT', /65535/],
    ['the port of Kubernetes', { VC_PORT: 'tcp://10.0.0.1:8080' }, 'VC_PORT', /enableServiceLinks/],
    ['an unknown driver', { VC_STORAGE_DRIVER: 'gcs' }, 'VC_STORAGE_DRIVER', /local, s3/],
    ['S3 without a bucket', { VC_STORAGE_DRIVER: 's3', VC_S3_REGION: 'x' }, 'VC_S3_BUCKET', /bucket/],
    ['S3 without a region', { VC_STORAGE_DRIVER: 's3', VC_S3_BUCKET: 'abc' }, 'VC_S3_REGION', /AWS_REGION/],
    ['a bucket that nobody uses', { VC_S3_BUCKET: 'abc' }, 'VC_S3_BUCKET', /VC_STORAGE_DRIVER=s3/],
    [
      'a directory for S3',
      { VC_STORAGE_DRIVER: 's3', VC_S3_BUCKET: 'abc', VC_S3_REGION: 'x', VC_LOCAL_ROOT: '/a' },
      'VC_LOCAL_ROOT',
      /drop/,
    ],
    ['an open start', { VC_BIND: '0.0.0.0' }, 'VC_BIND', /VC_AUTH_TOKEN/],
    ['one token in two roles', { VC_AUTH_TOKEN: 'same', VC_READ_TOKEN: 'same' }, 'VC_READ_TOKEN', /of its own/],
    ['a short ticket key', { VC_TICKET_KEY: 'abcd' }, 'VC_TICKET_KEY', /openssl/],
    ['a token that no header carries', { VC_AUTH_TOKEN: 'with space' }, 'VC_AUTH_TOKEN', /letters/],
    ['a base URL that is none', { VC_BASE_URL: 'cache.example.org' }, 'VC_BASE_URL', /https:/],
    ['a password in a URL', { VC_BASE_URL: 'https://u:p@example.org' }, 'VC_BASE_URL', /password/],
    ['a namespace with a slash', { VC_NAMESPACE: 'a/b' }, 'VC_NAMESPACE', /must match/],
    ['a size that is none', { VC_MAX_STORE_SIZE: 'lots' }, 'VC_MAX_STORE_SIZE', /GiB/],
    ['no days', { VC_RETENTION_DAYS: '0' }, 'VC_RETENTION_DAYS', /from 1/],
    ['an unknown level', { VC_LOG_LEVEL: 'loud' }, 'VC_LOG_LEVEL', /debug/],
  ])('%s', (_what, env, where, hint) => {
    expect(refused(env)).toEqual([expect.objectContaining({ where, hint: expect.stringMatching(hint) })]);
  });

  test('a flag is named as a flag', () => {
    expect(refused({}, { port: 'x' })).toEqual([expect.objectContaining({ where: '--port' })]);
    expect(refused({}, { bind: '0.0.0.0' })).toEqual([expect.objectContaining({ where: '--bind' })]);
  });

  test('all problems come at once', () => {
    const problems = refused({
      VC_PROT: '1',
      VC_BIND: '0.0.0.0',
      VC_STORAGE_DRIVER: 's3',
      VC_LOG_LEVEL: 'x',
      VC_TICKET_KEY: 'x',
    });
    expect(problems.map(({ where }) => where).sort()).toEqual([
      'VC_BIND',
      'VC_LOG_LEVEL',
      'VC_PROT',
      'VC_S3_BUCKET',
      'VC_S3_REGION',
      'VC_TICKET_KEY',
    ]);
  });

  test('no message repeats a secret', () => {
    const secret = 'hunter2 hunter2';
    const text = JSON.stringify(refused({ VC_AUTH_TOKEN: secret, VC_TICKET_KEY: secret, VC_PR_TOKEN: secret }));
    expect(text).not.toContain('hunter2');
  });
});

describe('the tokens file', () => {
  const entry = { name: 'ci', sha256: digestOf('t1'), role: 'trusted-writer' };
  const load = (tokens: unknown, env: Environment = {}) =>
    loadConfig({ VC_TOKENS_FILE: 'tokens.json', ...env }, {}, async () => JSON.stringify({ tokens }));

  test('adds principals, each in its namespace and scope', async () => {
    const loaded = await load([
      entry,
      {
        name: 'pr-7',
        sha256: digestOf('t2'),
        role: 'scoped-writer',
        scope: 'pr-7',
        namespace: 'acme',
        not_after: '2030-01-01T00:00:00Z',
      },
    ]);
    expect(loaded).toMatchObject({
      ok: true,
      value: {
        grants: [
          { name: 'ci', role: 'trusted-writer', namespace: 'default', notAfterMs: undefined },
          { name: 'pr-7', scope: 'pr-7', namespace: 'acme', notAfterMs: Date.UTC(2030, 0, 1) },
        ],
      },
    });
  });

  test('opens a bind address to others', async () => {
    expect((await load([entry], { VC_BIND: '0.0.0.0' })).ok).toBe(true);
  });

  test.each<[string, unknown, RegExp]>([
    ['a digest that is none', { ...entry, sha256: 'a plain token' }, /sha256: must be 64/],
    ['an unknown role', { ...entry, role: 'admin' }, /role/],
    ['an unknown field', { ...entry, token: 'a plain token' }, /unknown or missing field token/],
    ['a missing field', { name: 'x', role: 'reader' }, /unknown or missing field sha256/],
    ['a scoped writer without a scope', { ...entry, role: 'scoped-writer' }, /needs a scope/],
    ['a reader with a scope', { ...entry, role: 'reader', scope: 'x' }, /only a scoped-writer/],
    ['the scope of trusted writers', { ...entry, role: 'scoped-writer', scope: 'trusted' }, /belongs to trusted/],
    ['a scope with a path in it', { ...entry, role: 'scoped-writer', scope: '../t' }, /scope: must match/],
    ['an end that is no time', { ...entry, not_after: 'tomorrow' }, /not_after/],
  ])('refuses %s, and says in which token', async (_what, token, message) => {
    const loaded = await load([{ ...entry, sha256: digestOf('other') }, token]);
    expect(loaded).toMatchObject({
      ok: false,
      problems: [{ where: 'tokens.json, token 2', message: expect.stringMatching(message) as unknown }],
    });
    expect(JSON.stringify(loaded)).not.toContain('a plain token');
  });

  test('refuses a token that a variable or another entry has too', async () => {
    const twice = await load([entry, { ...entry, name: 'again', role: 'reader' }]);
    expect(twice).toMatchObject({ ok: false, problems: [{ where: 'tokens.json, token 2' }] });
    expect((await load([entry], { VC_READ_TOKEN: 't1' })).ok).toBe(false);
  });

  test('its problems come together with those of the variables', async () => {
    const loaded = await load([{}], { VC_PORT: 'x' });
    expect(loaded.ok ? [] : loaded.problems.map(({ where }) => where)).toEqual(
      expect.arrayContaining(['VC_PORT', 'tokens.json, token 1']),
    );
  });

  test.each(['', 'not json', '[]', '{"tokens":{}}', '{"tokens":[],"x":1}'])('refuses %j', async (text) => {
    expect((await loadConfig({ VC_TOKENS_FILE: 'tokens.json' }, {}, async () => text)).ok).toBe(false);
  });

  test('is an error when it cannot be read, at the start and on reload', async () => {
    const fails = () => Promise.reject(Object.assign(new Error('ENOENT: tokens.json'), { code: 'ENOENT' }));
    expect(await loadConfig({ VC_TOKENS_FILE: 'tokens.json' }, {}, fails)).toMatchObject({ ok: false });
    expect(await reloadGrants(accepted({ VC_TOKENS_FILE: 'tokens.json' }), fails)).toMatchObject({ ok: false });
  });
});
