import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { digestOf } from '@velocity/core';
import { tempDir } from '@velocity/testing';
import type { TempDir } from '@velocity/testing';

const app = fileURLToPath(new URL('..', import.meta.url));
let built: TempDir;
let program: string;

beforeAll(() => {
  built = tempDir('velocity-gateway-bundle-');
  const { status, stderr } = spawnSync(process.execPath, ['build.mjs', built.path], { cwd: app, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  program = built.join('velocity-server.js');
});

afterAll(() => built[Symbol.dispose]());

/** The process's own variables, without any that configure a gateway. */
function environment(variables: Record<string, string>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:VC_|AWS_)/.test(name));
  return { ...Object.fromEntries(own), ...variables };
}

function runOnce(args: readonly string[], variables: Record<string, string> = {}) {
  const options = { encoding: 'utf8', env: environment(variables), cwd: built.path } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], options);
  return { status, stdout, stderr };
}

class Running implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly exit: Promise<unknown[]>;
  url = '';
  stdout = '';
  log = '';

  static async start(args: readonly string[], variables: Record<string, string> = {}): Promise<Running> {
    const running = new Running(
      spawn(process.execPath, [program, '--port', '0', ...args], { env: environment(variables) }),
    );
    await running.#until(() => /listening on (\S+)/.exec(running.stdout) ?? undefined);
    running.url = /listening on (\S+)/.exec(running.stdout)?.[1] ?? '';
    return running;
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.exit = once(child, 'exit');
    child.stdout?.on('data', (data) => (this.stdout += String(data)));
    child.stderr?.on('data', (data) => (this.log += String(data)));
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resolves once the log has this. */
  logged(pattern: RegExp): Promise<unknown> {
    return this.#until(() => pattern.exec(this.log) ?? undefined);
  }

  async #until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const { stdout, stderr } = this.#child;
      if (stdout === null || stderr === null) throw new Error('no pipes');
      const ended = this.exit.then(() => {
        if (find() === undefined) throw new Error(`it ended: ${this.log}`);
      });
      await Promise.race([once(stdout, 'data'), once(stderr, 'data'), ended]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.exit;
  }
}

describe('the bundled program', () => {
  test('is executable, and says its version without loading the rest', () => {
    expect(statSync(program).mode & 0o111).toBe(0o111);
    expect(readFileSync(program, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(statSync(program).size).toBeLessThan(2000);
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    for (const flag of ['--version', '-v'])
      expect(runOnce([flag])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('keeps the AWS SDK in a chunk of its own', () => {
    const withSdk = readdirSync(built.join('chunks')).filter((name) =>
      readFileSync(built.join('chunks', name), 'utf8').includes('ListObjectsV2'),
    );
    expect(withSdk).toHaveLength(1);
    expect(withSdk[0]).not.toMatch(/^cli-/);
  });

  test('explains itself', () => {
    const { status, stdout } = runOnce(['--help']);
    expect(status).toBe(0);
    for (const word of [
      '--storage-dir',
      '--bind',
      '--port',
      '--max-size',
      '--log-level',
      'VC_AUTH_TOKEN',
      'VC_SWEEP_INTERVAL',
    ]) {
      expect(stdout).toContain(word);
    }
  });

  test('tells all mistakes of the configuration at once, on stderr, without a stack', () => {
    const { status, stdout, stderr } = runOnce([], { VC_PROT: '1', VC_BIND: '0.0.0.0', VC_STORAGE_DRIVER: 's3' });
    expect([status, stdout]).toEqual([1, '']);
    for (const name of ['VC_PROT', 'VC_BIND', 'VC_S3_BUCKET', 'VC_S3_REGION', 'did you mean VC_PORT?'])
      expect(stderr).toContain(name);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  test('tells a mistake of usage on stderr', () => {
    const { status, stdout, stderr } = runOnce(['--prot', '1']);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('--prot');
  });

  test('says in one line that a port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { status, stderr } = runOnce(['--port', String(port), '--storage-dir', built.join('store')]);
    expect([status, stderr]).toEqual([1, expect.stringContaining(`velocity-server: 127.0.0.1:${port} is in use`)]);
    other.close();
  });

  test('serves, names its URL and its directory, and ends with 0 on SIGTERM', async () => {
    using dir = tempDir();
    await using server = await Running.start([], { XDG_DATA_HOME: dir.path });
    expect(await (await fetch(`${server.url}/health`)).json()).toEqual({ status: 'up' });
    expect(await (await fetch(`${server.url}/ready`)).json()).toMatchObject({
      status: 'ready',
      storage: { driver: 'fs', trust: 'full' },
    });
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('process_resident_memory_bytes');
    const lines = server.log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.find(({ msg }) => msg === 'listening')).toMatchObject({
      url: server.url,
      directory: dir.join('velocity', 'store'),
    });
    server.signal('SIGTERM');
    expect(await server.exit).toEqual([0, null]);
  });

  test('reads the tokens file again on SIGHUP, and keeps the old tokens when it has a mistake', async () => {
    using dir = tempDir();
    const path = dir.join('tokens.json');
    const write = (token: string, role = 'reader'): void =>
      writeFileSync(path, JSON.stringify({ tokens: [{ name: 'ci', sha256: digestOf(token), role }] }));
    const status = async (token: string) =>
      (await fetch(`${server.url}/v1/whoami`, { headers: { authorization: `Bearer ${token}` } })).status;
    write('one');
    await using server = await Running.start(['--storage-dir', dir.join('s')], { VC_TOKENS_FILE: path });
    expect([await status('one'), await status('two')]).toEqual([200, 401]);
    write('two');
    server.signal('SIGHUP');
    await server.logged(/tokens read again/);
    expect([await status('one'), await status('two')]).toEqual([401, 200]);
    write('three', 'root');
    server.signal('SIGHUP');
    await server.logged(/the old tokens stay/);
    expect(await status('two')).toBe(200);
  });

  test('ends at once on a second signal, whatever is under way', async () => {
    using dir = tempDir();
    await using server = await Running.start(['--storage-dir', dir.join('s')]);
    const stalled = fetch(`${server.url}/v1/negotiate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('{')) }),
      duplex: 'half',
    }).catch(() => undefined);
    await fetch(`${server.url}/health`);
    server.signal('SIGINT');
    await server.logged(/stopping/);
    server.signal('SIGINT');
    expect(await server.exit).toEqual([0, null]);
    await stalled;
  });

  test('goes on without an error while an S3 store is not there, and says so in /ready', async () => {
    const variables = {
      VC_STORAGE_DRIVER: 's3',
      VC_S3_BUCKET: 'cache',
      VC_S3_ENDPOINT: 'http://127.0.0.1:9',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'a-secret-of-s3',
    };
    await using server = await Running.start([], variables);
    expect((await fetch(`${server.url}/ready`)).status).toBe(503);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ hash: 'a'.repeat(64), action: 'download' }),
    };
    const answer = await fetch(`${server.url}/v1/negotiate`, init);
    expect([answer.status, await answer.json()]).toMatchObject([503, { error: { code: 'STORAGE_UNAVAILABLE' } }]);
    expect(server.log).not.toContain('a-secret-of-s3');
    server.signal('SIGTERM');
    expect(await server.exit).toEqual([0, null]);
  });

  test('sweeps once on demand', () => {
    const { status, stdout } = runOnce(['sweep', '--storage-dir', built.join('swept')], { VC_RETENTION_DAYS: '7' });
    expect([status, stdout]).toEqual([0, 'removed 0 records and 0 blobs (0 B); 0 B stay\n']);
  });
});
