import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listenOnFreePort, readTree } from '@velocity/testing';
import { createRig, monorepo, recorded, type Call, type Rig, type RigOptions } from './rig.js';
import { copyOfBundle, type Bundle } from './support/bundle.js';
import { startGateway, type Gateway } from './support/gateway.js';
import { outcomes, reasonOf } from './support/output.js';

const TOKEN = 'the-token-of-trusted-writers';
const BUILD = recorded(
  'mkdir -p dist/empty && cat src/* > dist/out.txt && cp dist/out.txt dist/run && chmod +x dist/run && ln -s nowhere dist/broken && echo "built $VELOCITY_TASK"',
);

let bundle: Bundle;
let gateway: Gateway;
beforeAll(async () => {
  bundle = await copyOfBundle('gateway');
  gateway = await startGateway(bundle, { VC_AUTH_TOKEN: TOKEN, VC_READ_TOKEN: 'the-token-of-readers' });
}, 60_000);
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  bundle[Symbol.dispose]();
});

/** A machine that uses the gateway; `project` keeps the tests' keys apart. */
function machine(project: string, { env, ...options }: RigOptions = {}): Rig {
  const tree = monorepo({
    project_id: project,
    remote: { url: '${GATEWAY}', token: '${VC_AUTH_TOKEN}', timeout: '500ms', upload: 'wait' },
    pipeline: { build: { command: BUILD, outputs: ['dist'], depends_on: ['^build'] } },
  });
  return createRig(tree, { ...options, env: { GATEWAY: gateway.url, VC_AUTH_TOKEN: TOKEN, ...env } });
}

function warnings({ stdout }: Pick<Call, 'stdout'>): string[] {
  return stdout.match(/^warning .*$/gm) ?? [];
}

const HITS = { 'lib:build': 'hit remote', 'app:build': 'hit remote', 'solo:build': 'hit remote' };

describe('two machines', () => {
  test('what one has built the other restores, byte for byte, at another path and in another home', async () => {
    using a = machine('story');
    using b = machine('story', { place: 'a clone/elsewhere' });
    const built = await a.run('build');
    expect([built.exitCode, built.executed.length, warnings(built)]).toEqual([0, 3, []]);
    const restored = await b.run('build');
    expect([restored.exitCode, restored.executed, outcomes(restored), warnings(restored)]).toEqual([0, [], HITS, []]);
    expect(restored.stdout).toContain('built lib#build');
    for (const name of ['lib', 'app', 'solo']) {
      expect(readTree(b.path('packages', name, 'dist'))).toEqual(readTree(a.path('packages', name, 'dist')));
    }
    expect(outcomes(await b.run('build', '--no-remote-cache'))['lib:build']).toBe('fresh');

    b.write({ 'packages/lib/src/main.txt': 'changed\n' });
    expect((await b.run('build')).executed).toEqual(['app#build', 'lib#build']);
    a.write({ 'packages/lib/src/main.txt': 'changed\n' });
    expect((await a.run('build')).executed).toEqual([]);
  });

  test('what came from the remote is in the local store, too', async () => {
    using a = machine('copied');
    using b = machine('copied');
    await a.run('build');
    await b.run('build');
    rmSync(b.path('.velocity'), { recursive: true });
    const run = await b.run('build', '--no-remote-cache');
    expect([run.executed, outcomes(run)['app:build']]).toEqual([[], 'hit local']);
  });
});

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
    await using other = await startGateway(bundle, { VC_AUTH_TOKEN: TOKEN });
    using rig = machine('gone', { env: { GATEWAY: other.url } });
    const slow = recorded('until test -e ../../go; do sleep 0.02; done; mkdir -p dist && cp src/* dist/');
    rig.write({ 'velocity.yml': rig.read('velocity.yml').replaceAll(JSON.stringify(BUILD), JSON.stringify(slow)) });
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

test('a reader takes what there is, and is not bothered because it may not write', async () => {
  using writer = machine('reader');
  using reader = machine('reader', { env: { VC_AUTH_TOKEN: 'the-token-of-readers' } });
  await writer.run('lib#build');
  const run = await reader.run('build');
  expect([run.exitCode, run.executed, warnings(run)]).toEqual([0, ['app#build', 'solo#build'], []]);
  expect((await writer.run('build')).executed).toEqual(['app#build', 'solo#build']);
});

describe('a store with broken contents', () => {
  async function expectMiss(project: string, damage: (store: Gateway) => void, reason: RegExp): Promise<void> {
    await using store = await startGateway(bundle, { VC_AUTH_TOKEN: TOKEN });
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
    await expectMiss('corrupt', (store) => store.files('/cas/').forEach(flip), /remote entry not usable: .*other bytes/);
  });

  test('a missing blob is a miss with a reason', async () => {
    await expectMiss('missing', (store) => store.files('/cas/').forEach((file) => rmSync(file)), /remote entry not usable: |never built here/);
  });
});

describe('a bad line', () => {
  afterAll(() => gateway.proxy.clearFaults());

  test('that is slow only takes its time', async () => {
    using a = machine('slow');
    using b = machine('slow');
    await a.run('build');
    await gateway.proxy.setFaults({ down: { bytesPerSecond: 20_000, latencyMs: 20 } });
    const run = await b.run('build');
    await gateway.proxy.clearFaults();
    expect([run.exitCode, run.executed, warnings(run)]).toEqual([0, [], []]);
  });

  test('that is cut once is tried again', async () => {
    using a = machine('cut');
    using b = machine('cut');
    await gateway.proxy.setFaults({ down: { resetAfterBytes: 100 }, times: 1 });
    const up = await a.run('build');
    await gateway.proxy.setFaults({ down: { truncateAfterBytes: 400 }, times: 1 });
    const down = await b.run('build');
    await gateway.proxy.clearFaults();
    expect([up.exitCode, warnings(up), down.exitCode, down.executed, warnings(down)]).toEqual([0, [], 0, [], []]);
  });
});

describe('flags', () => {
  test('--remote-cache-readonly takes and sends nothing', async () => {
    await using store = await startGateway(bundle, { VC_AUTH_TOKEN: TOKEN });
    using rig = machine('readonly', { env: { GATEWAY: store.url } });
    const run = await rig.run('build', '--remote-cache-readonly');
    expect([run.exitCode, run.executed.length, warnings(run)]).toEqual([0, 3, []]);
    expect(run.stdout).toMatch(/remote r 127/);
    expect([store.files('/cas/'), store.files('/ac/')]).toEqual([[], []]);
    const skipped = await rig.run('build', '--force', '--upload=skip');
    expect([skipped.exitCode, store.files('/cas/')]).toEqual([0, []]);
  });

  test('--no-remote-cache makes no request', async () => {
    using rig = machine('none');
    const before = gateway.proxy.counters.connections;
    const run = await rig.run('build', '--no-remote-cache');
    expect([run.executed.length, gateway.proxy.counters.connections]).toEqual([3, before]);
    expect(run.stdout).toContain('remote off');
    expect((await rig.run('build', '--no-remote-cache', '--require-remote')).exitCode).toBe(1);
  });

  test('--cache=local:,remote:rw shares without a local store, and leaves nothing behind', async () => {
    using a = machine('no-local');
    using b = machine('no-local');
    const flags = ['build', '--cache=local:,remote:rw'];
    const built = await a.run(...flags);
    expect([built.exitCode, built.executed.length, warnings(built)]).toEqual([0, 3, []]);
    expect(built.stdout).toContain('local off');
    const restored = await b.run(...flags);
    expect([restored.exitCode, restored.executed, outcomes(restored)]).toEqual([0, [], HITS]);
    for (const rig of [a, b]) {
      expect([existsSync(rig.cacheDir), readdirSync(rig.tempDir), readdirSync(rig.path('.velocity/tmp'))]).toEqual([false, [], []]);
    }
  });

  test('--cache=local:r,remote:rw reads the local store, and writes only to the remote', async () => {
    using a = machine('local-read');
    using b = machine('local-read');
    await a.run('solo#build', '--no-remote-cache');
    const before = readTree(a.cacheDir);
    await a.run('build', '--cache=local:r,remote:rw');
    expect(Object.keys(readTree(a.cacheDir)).filter((path) => path.startsWith('v1/'))).toEqual(Object.keys(before).filter((path) => path.startsWith('v1/')));
    const run = await b.run('build');
    expect(run.executed).toEqual(['solo#build']);
    expect(outcomes(run)).toMatchObject({ 'lib:build': 'hit remote', 'app:build': 'hit remote' });
  });

  test('VELOCITY_REMOTE_CACHE_URL and --remote-cache-url name the gateway where the file does not', async () => {
    const plain = monorepo({ project_id: 'by-env', pipeline: { build: { command: BUILD, outputs: ['dist'] } } });
    const env = { VC_AUTH_TOKEN: TOKEN };
    using a = createRig(plain, { env: { ...env, VELOCITY_REMOTE_CACHE_URL: gateway.url } });
    using b = createRig(plain, { env });
    await a.run('solo#build', '--upload=wait');
    const run = await b.run('solo#build', '--remote-cache-url', gateway.url);
    expect([run.executed, outcomes(run)]).toEqual([[], { 'solo:build': 'hit remote' }]);
    const whoami = await a.velocity(['remote', 'whoami']);
    expect([whoami.exitCode, whoami.stderr]).toEqual([0, '']);
  });

  test('--require-remote is content where the remote works', async () => {
    using rig = machine('required');
    expect((await rig.run('build', '--require-remote')).exitCode).toBe(0);
  });
});

describe('remote status and whoami', () => {
  test('say what the gateway says', async () => {
    using rig = machine('status');
    const status = await rig.velocity(['remote', 'status']);
    expect([status.exitCode, status.stderr]).toEqual([0, '']);
    expect(status.stdout).toMatch(/^gateway +http:\/\/127\.0\.0\.1:\d+ \(velocity-server .*\)$/m);
    expect(status.stdout).toMatch(/^clock +in step$/m);
    const whoami = await rig.velocity(['remote', 'whoami', '--json']);
    expect(JSON.parse(whoami.stdout)).toMatchObject({ namespace: 'default', scope: 'trusted' });
    expect(status.stdout + whoami.stdout).not.toContain(TOKEN);
    expect(existsSync(rig.cacheDir)).toBe(false);
  });

  test('say in one line and a hint what is wrong', async () => {
    using rig = machine('wrong', { env: { VC_AUTH_TOKEN: 'wrong' } });
    const refused = await rig.velocity(['remote', 'status']);
    expect([refused.exitCode, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/^error .*refused the token.*\nhint .*\n$/);
    const down = await rig.velocity(['remote', 'whoami', '--remote-cache-url', 'http://127.0.0.1:1']);
    expect([down.exitCode, down.stderr]).toEqual([1, expect.stringMatching(/^error .*ECONNREFUSED\nhint .*\n$/)]);
    using none = createRig(monorepo());
    const unset = await none.velocity(['remote', 'status']);
    expect([unset.exitCode, unset.stderr]).toEqual([1, expect.stringMatching(/^error no remote is configured\nhint /)]);
  });
});
