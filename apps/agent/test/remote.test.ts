import { existsSync, readdirSync, rmSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { readTree } from '@velocity/testing';
import { createRig, monorepo, type Rig, type RigOptions } from './rig.js';
import { outcomes } from './support/output.js';
import { BUILD_ALL, machineAt, READ_TOKEN, TOKEN, useGateway, warnings } from './support/remote-rig.js';

const gateway = useGateway();
const HITS = { 'lib:build': 'hit remote', 'app:build': 'hit remote', 'solo:build': 'hit remote' };

function machine(project: string, options: RigOptions = {}): Rig {
  return machineAt(gateway.shared.url, project, options);
}

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

test('a reader takes what there is, and is not bothered because it may not write', async () => {
  using writer = machine('reader');
  using reader = machine('reader', { env: { VC_AUTH_TOKEN: READ_TOKEN } });
  await writer.run('lib#build');
  const run = await reader.run('build');
  expect([run.exitCode, run.executed, warnings(run)]).toEqual([0, ['app#build', 'solo#build'], []]);
  expect((await writer.run('build')).executed).toEqual(['app#build', 'solo#build']);
});

describe('flags', () => {
  test('--remote-cache-readonly takes and sends nothing', async () => {
    await using store = await gateway.start();
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
    const before = gateway.shared.proxy.counters.connections;
    const run = await rig.run('build', '--no-remote-cache');
    expect([run.executed.length, gateway.shared.proxy.counters.connections]).toEqual([3, before]);
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
      expect([existsSync(rig.cacheDir), readdirSync(rig.tempDir), readdirSync(rig.path('.velocity/tmp'))]).toEqual([
        false,
        [],
        [],
      ]);
    }
  });

  test('--cache=local:r,remote:rw reads the local store, and writes only to the remote', async () => {
    using a = machine('local-read');
    using b = machine('local-read');
    await a.run('solo#build', '--no-remote-cache');
    const before = readTree(a.cacheDir);
    await a.run('build', '--cache=local:r,remote:rw');
    expect(Object.keys(readTree(a.cacheDir)).filter((path) => path.startsWith('v1/'))).toEqual(
      Object.keys(before).filter((path) => path.startsWith('v1/')),
    );
    const run = await b.run('build');
    expect(run.executed).toEqual(['solo#build']);
    expect(outcomes(run)).toMatchObject({ 'lib:build': 'hit remote', 'app:build': 'hit remote' });
  });

  test('VELOCITY_REMOTE_CACHE_URL and --remote-cache-url name the gateway where the file does not', async () => {
    const plain = monorepo({ project_id: 'by-env', pipeline: { build: { command: BUILD_ALL, outputs: ['dist'] } } });
    const env = { VC_AUTH_TOKEN: TOKEN };
    using a = createRig(plain, { env: { ...env, VELOCITY_REMOTE_CACHE_URL: gateway.shared.url } });
    using b = createRig(plain, { env });
    await a.run('solo#build', '--upload=wait');
    const run = await b.run('solo#build', '--remote-cache-url', gateway.shared.url);
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
