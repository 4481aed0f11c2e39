import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { afterAll, describe, expect, test } from '@jest/globals';
import { listenOnFreePort, readTree } from '@velocity/testing';
import { recorded, type Call, type Rig, type RigOptions } from './rig.js';
import type { Gateway } from './support/gateway.js';
import { outcomes, reasonOf } from './support/output.js';
import { BUILD_ALL, machineAt, TOKEN, useGateway, warnings } from './support/remote-rig.js';

const gateway = useGateway();

function machine(project: string, options: RigOptions = {}): Rig {
  return machineAt(gateway.shared.url, project, options);
}

describe('a remote that fails does not fail the build: one line says what happened, and the local store has the result', () => {
  /** Everything is executed, once is warned, and afterwards the local store alone is enough. */
  async function expectUnharmed(rig: Rig, warning: RegExp): Promise<Call> {
    const run = await rig.run('build');
    expect([run.exitCode, run.stderr, run.executed.length]).toEqual([0, '', 3]);
    expect(warnings(run)).toEqual([expect.stringMatching(warning)]);
    expect(run.stdout + run.stderr).not.toContain(TOKEN);
    rmSync(rig.path('.velocity'), { recursive: true });
    const local = await rig.run('build', '--no-remote-cache');
    expect([local.executed, outcomes(local)['solo:build']]).toEqual([[], 'hit local']);
    return run;
  }

  test('nothing listens', async () => {
    const server = await listenOnFreePort(createServer());
    await server[Symbol.asyncDispose]();
    using rig = machine('down', { env: { GATEWAY: server.url } });
    await expectUnharmed(rig, /remote off for this run: .*ECONNREFUSED .*is it running/);
    const required = await rig.run('build', '--force', '--require-remote');
    expect([required.exitCode, required.executed.length]).toEqual([1, 3]);
  });

  test('the token is refused', async () => {
    using rig = machine('refused', { env: { VC_AUTH_TOKEN: 'not-the-token' } });
    const run = await expectUnharmed(rig, /remote off for this run: .*refused the token/);
    expect(run.stdout).not.toContain('not-the-token');
    expect((await rig.run('build', '--require-remote', '--force')).exitCode).toBe(1);
  });

  test('the gateway takes connections and never answers', async () => {
    await using silent = await listenOnFreePort(createHttpServer(() => undefined));
    using rig = machine('silent', { env: { GATEWAY: silent.url } });
    const run = await expectUnharmed(rig, /remote off for this run: .*nothing moved for 0\.5 s/);
    expect(run.durationMs).toBeLessThan(6000);
  });

  test('every answer is 503', async () => {
    let requests = 0;
    const server = createHttpServer((_request, response) => {
      requests += 1;
      response.writeHead(503, { 'content-type': 'application/json' });
      response.end('{"error":{"code":"STORAGE_UNAVAILABLE","message":"storage is away","retryable":true}}');
    });
    await using unavailable = await listenOnFreePort(server);
    using rig = machine('unavailable', { env: { GATEWAY: unavailable.url } });
    await expectUnharmed(rig, /remote off for this run: .*storage is away/);
    expect(requests).toBe(3);
  });

  test('what answers is no gateway', async () => {
    const server = createHttpServer((_request, response) => response.end('<html>It works!</html>'));
    await using page = await listenOnFreePort(server);
    using rig = machine('page', { env: { GATEWAY: page.url } });
    await expectUnharmed(rig, /remote off for this run: .*not JSON/);
  });

  test('the gateway goes away in the middle of the run', async () => {
    await using other = await gateway.start();
    using rig = machine('gone', { env: { GATEWAY: other.url } });
    const slow = recorded('until test -e ../../go; do sleep 0.02; done; mkdir -p dist && cp src/* dist/');
    rig.write({ 'velocity.yml': rig.read('velocity.yml').replaceAll(JSON.stringify(BUILD_ALL), JSON.stringify(slow)) });
    await using run = await rig.start(['run', 'build']);
    await run.waitForLine(/MISS/);
    other.process.killGroup('SIGKILL');
    rig.write({ go: '' });
    const { exitCode, stdout, stderr } = await run.result;
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(warnings({ stdout }).length).toBeGreaterThanOrEqual(1);
    expect(warnings({ stdout }).length).toBeLessThanOrEqual(2);
  });
});

describe('a store with broken contents', () => {
  async function expectMiss(project: string, damage: (store: Gateway) => void, reason: RegExp): Promise<void> {
    await using store = await gateway.start();
    const env = { GATEWAY: store.url };
    using a = machine(project, { env });
    using b = machine(project, { env });
    await a.run('build', '-F', 'solo');
    damage(store);
    const run = await b.run('build', '-F', 'solo');
    expect([run.exitCode, run.stderr, run.executed]).toEqual([0, '', ['solo#build']]);
    expect(reasonOf(run, 'solo:build')).toMatch(reason);
    expect(readTree(b.path('packages/solo/dist'))).toEqual(readTree(a.path('packages/solo/dist')));
    rmSync(b.path('.velocity'), { recursive: true });
    expect(outcomes(await b.run('build', '-F', 'solo'))).toEqual({ 'solo:build': 'hit local' });
  }

  test('a corrupt blob is a miss with a reason', async () => {
    const flip = (file: string): void => {
      const bytes = readFileSync(file);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      writeFileSync(file, bytes);
    };
    await expectMiss('corrupt', (store) => store.files('/cas/').forEach(flip), /^corrupt remote entry: .*other bytes/);
  });

  test('a missing blob is a miss with a reason', async () => {
    await expectMiss(
      'missing',
      (store) => store.files('/cas/').forEach((file) => rmSync(file)),
      /^corrupt remote entry: /,
    );
  });
});

describe('a bad line', () => {
  afterAll(() => gateway.shared.proxy.clearFaults());

  test('that is slow only takes its time', async () => {
    using a = machine('slow');
    using b = machine('slow');
    await a.run('build');
    await gateway.shared.proxy.setFaults({ down: { bytesPerSecond: 20_000, latencyMs: 20 } });
    const run = await b.run('build');
    await gateway.shared.proxy.clearFaults();
    expect([run.exitCode, run.executed, warnings(run)]).toEqual([0, [], []]);
  });

  test('that is cut once is tried again', async () => {
    using a = machine('cut');
    using b = machine('cut');
    await gateway.shared.proxy.setFaults({ down: { resetAfterBytes: 100 }, times: 1 });
    const up = await a.run('build');
    await gateway.shared.proxy.setFaults({ down: { truncateAfterBytes: 400 }, times: 1 });
    const down = await b.run('build');
    await gateway.shared.proxy.clearFaults();
    expect([up.exitCode, warnings(up), down.exitCode, down.executed, warnings(down)]).toEqual([0, [], 0, [], []]);
  });
});
