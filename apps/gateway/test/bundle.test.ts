import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { digestOf } from '@velocity/core';
import { runProcess, sendHttp, tempDir } from '@velocity/testing';
import type { Bundle } from './support/bundle.js';
import { buildBundle, logOf, startGateway } from './support/bundle.js';
import { artifactOf } from './support/rig.js';

let bundle: Bundle;
beforeAll(() => void (bundle = buildBundle()));
afterAll(() => bundle[Symbol.dispose]());

async function runOnce(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { exitCode, stdout, stderr } = await runProcess(process.execPath, [bundle.program, ...args], { env });
  return { exitCode, stdout, stderr };
}

describe('the bundled program', () => {
  test('is executable, and says its version without loading the rest', async () => {
    expect(statSync(bundle.program).mode & 0o111).toBe(0o111);
    expect(readFileSync(bundle.program, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(statSync(bundle.program).size).toBeLessThan(2000);
    const packageJson = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(packageJson) as { version: string };
    for (const flag of ['--version', '-v']) {
      expect(await runOnce([flag])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
    }
  });

  test('keeps the AWS SDK in a chunk of its own', () => {
    const chunks = bundle.dir.join('chunks');
    const withSdk = readdirSync(chunks).filter((name) =>
      readFileSync(`${chunks}/${name}`, 'utf8').includes('ListObjectsV2'),
    );
    expect(withSdk).toHaveLength(1);
    expect(withSdk[0]).not.toMatch(/^cli-/);
  });

  test('explains itself', async () => {
    const { exitCode, stdout } = await runOnce(['--help']);
    expect(exitCode).toBe(0);
    for (const word of ['--storage-dir', '--max-size', '--log-level', 'VC_AUTH_TOKEN', 'VC_SWEEP_INTERVAL', 'doctor']) {
      expect(stdout).toContain(word);
    }
  });

  test('tells all mistakes of the configuration at once, on stderr, without a stack', async () => {
    const env = { VC_PROT: '1', VC_BIND: '0.0.0.0', VC_STORAGE_DRIVER: 's3' };
    const { exitCode, stdout, stderr } = await runOnce([], env);
    expect([exitCode, stdout]).toEqual([1, '']);
    for (const name of ['VC_PROT', 'VC_BIND', 'VC_S3_BUCKET', 'VC_S3_REGION', 'did you mean VC_PORT?']) {
      expect(stderr).toContain(name);
    }
    expect(stderr).not.toMatch(/^ +at /m);
  });

  test('tells a mistake of usage on stderr', async () => {
    const { exitCode, stdout, stderr } = await runOnce(['--prot', '1']);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toContain('--prot');
  });

  test('says in one line that a port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { exitCode, stderr } = await runOnce(['--port', String(port)]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`velocity-server: 127.0.0.1:${port} is in use\n`);
    other.close();
  });

  test('serves, names its URL and its directory, and ends with 0 on SIGTERM', async () => {
    using dir = tempDir();
    await using server = await startGateway(bundle, [], { XDG_DATA_HOME: dir.path });
    expect(await (await fetch(`${server.url}/health`)).json()).toEqual({ status: 'up' });
    const ready = (await (await fetch(`${server.url}/ready`)).json()) as object;
    expect(ready).toMatchObject({ status: 'ready', storage: { driver: 'fs', trust: 'full' } });
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('process_resident_memory_bytes');
    const listening = logOf(server).find(({ msg }) => msg === 'listening');
    expect(listening).toMatchObject({ url: server.url, directory: dir.join('velocity', 'store') });
    server.kill('SIGTERM');
    expect(await server.result).toMatchObject({ exitCode: 0, signal: null });
  });

  test('needs no more memory for a large blob than for a small one', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 7);
    const count = 256;
    const hash = createHash('sha256');
    for (let i = 0; i < count; i++) hash.update(chunk);
    const digest = hash.digest('hex');
    await using server = await startGateway(bundle);
    const blobs = [{ digest, size: chunk.byteLength * count, unpackedSize: 1 }];
    const answer = await fetch(`${server.url}/v1/negotiate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ hash: digest, action: 'upload', artifact: { ...artifactOf(['x']), blobs } }),
    });
    const { blobs: offered } = (await answer.json()) as {
      blobs: readonly { url: string; headers: Record<string, string> }[];
    };
    const body = Readable.from(Array.from({ length: count }, () => chunk));
    const put = await sendHttp(offered[0]?.url ?? '', { method: 'PUT', headers: offered[0]?.headers ?? {}, body });
    expect(put.status).toBe(201);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    const memory = Number(/^process_resident_memory_bytes (\d+)$/m.exec(metrics)?.[1]);
    expect(memory).toBeLessThan(200 * 1024 * 1024);
  });

  test('reads the tokens file again on SIGHUP, and keeps the old tokens when it has a mistake', async () => {
    using dir = tempDir();
    const path = dir.join('tokens.json');
    const write = (token: string, role = 'reader'): void =>
      writeFileSync(path, JSON.stringify({ tokens: [{ name: 'ci', sha256: digestOf(token), role }] }));
    const status = async (token: string) =>
      (await fetch(`${server.url}/v1/whoami`, { headers: { authorization: `Bearer ${token}` } })).status;
    write('one');
    await using server = await startGateway(bundle, [], { VC_TOKENS_FILE: path });
    expect([await status('one'), await status('two')]).toEqual([200, 401]);
    write('two');
    server.kill('SIGHUP');
    await server.waitForLine(/tokens read again/);
    expect([await status('one'), await status('two')]).toEqual([401, 200]);
    write('three', 'root');
    server.kill('SIGHUP');
    await server.waitForLine(/the old tokens stay/);
    expect(await status('two')).toBe(200);
  });

  test('ends at once on a second signal, whatever is under way', async () => {
    await using server = await startGateway(bundle);
    const stalled = fetch(`${server.url}/v1/negotiate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('{')) }),
      duplex: 'half',
    }).catch(() => undefined);
    await fetch(`${server.url}/health`);
    server.kill('SIGINT');
    await server.waitForLine(/"stopping"/);
    server.kill('SIGINT');
    expect(await server.result).toMatchObject({ exitCode: 0, signal: null });
    await stalled;
  });

  test('sweeps once on demand, and says what it can trust', async () => {
    const swept = await runOnce(['sweep'], { VC_RETENTION_DAYS: '7' });
    expect([swept.exitCode, swept.stdout]).toEqual([0, 'removed 0 records and 0 blobs (0 B); 0 B stay\n']);
    const doctor = await runOnce(['doctor'], { VC_RETENTION_DAYS: '7' });
    expect([doctor.exitCode, doctor.stdout]).toEqual([
      0,
      expect.stringMatching(/^storage {2}local, .*\nscope .*\nlimits {3}unused for 7 days goes\ntrust {4}full: /),
    ]);
  });
});
