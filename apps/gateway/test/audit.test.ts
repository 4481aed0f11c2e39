import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, truncateSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tempDir } from '@velocity/testing';
import type { TempDir } from '@velocity/testing';
import { fieldsOf, linesOf, post, runGatewayOnce, storeOver } from './support/audited.js';
import type { Bundle, RunningGateway } from './support/bundle.js';
import { buildBundle, logOf, startGateway } from './support/bundle.js';
import { runSweep } from '../src/run-sweep.js';
import { artifactOf, createRig, keyOf, post as ask, store, TOKENS } from './support/rig.js';

const ENV = { VC_AUTH_TOKEN: 'token-of-main', VC_READ_TOKEN: 'token-of-a-reader', VC_BIND: '127.0.0.1' };

let bundle: Bundle;
/** Of two gateways, one after the other. */
let dir: TempDir;
let path: string;
beforeAll(async () => {
  bundle = buildBundle();
  dir = tempDir();
  path = dir.join('audit.jsonl');
  for (const name of ['one', 'two']) {
    await using server = await start();
    await storeOver(server.url, ENV.VC_AUTH_TOKEN, name);
    await post(server.url, '/v1/commit', ENV.VC_READ_TOKEN, { ticket: 'x' });
    await stop(server);
  }
});
afterAll(() => {
  bundle[Symbol.dispose]();
  dir[Symbol.dispose]();
});

function start(env: Readonly<Record<string, string>> = {}): Promise<RunningGateway> {
  return startGateway(bundle, [], { ...ENV, VC_LOCAL_ROOT: dir.join('store'), VC_AUDIT_FILE: path, ...env });
}

async function stop(server: RunningGateway): Promise<void> {
  server.kill('SIGTERM');
  await server.result;
}

async function verify(
  ...args: readonly string[]
): Promise<{ readonly exitCode: number | null; readonly stdout: string }> {
  const { exitCode, stdout } = await runGatewayOnce(bundle, ['audit', 'verify', ...args]);
  return { exitCode, stdout };
}

describe('the audit file', () => {
  test('has each write and refusal in the order of the log, chained from process to process, for the owner alone', async () => {
    const fields = fieldsOf(path);
    const events = ['gateway.started', 'record.stored', 'commit.refused', 'audit.ended'];
    expect(fields.map(({ event }) => event)).toEqual([...events, ...events]);
    expect(fields.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
    expect(new Set(fields.map(({ chain }) => chain)).size).toBe(2);
    expect(fields.map(({ prev }) => prev)).toEqual([null, ...fields.slice(0, -1).map(({ hash }) => hash)]);
    expect(fields[1]).toMatchObject({ audit: true, principal: 'trusted', key: keyOf('one'), scope: 'trusted' });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { exitCode, stdout } = await verify(path);
    expect([exitCode, stdout]).toEqual([0, `sound: 8 lines of 2 processes\nhead ${String(fields[7]?.['hash'])}\n`]);
  });

  test('has the same lines as the log, byte for byte, and at every level', async () => {
    using own = tempDir();
    for (const level of ['debug', 'error']) {
      const file = own.join(`${level}.jsonl`);
      await using server = await start({ VC_AUDIT_FILE: file, VC_LOG_LEVEL: level });
      await storeOver(server.url, ENV.VC_AUTH_TOKEN, level);
      await stop(server);
      const inLog = server
        .stderr()
        .split('\n')
        .filter((line) => line.includes('"audit":true'));
      expect(fieldsOf(file).map(({ event }) => event)).toEqual(['gateway.started', 'record.stored', 'audit.ended']);
      expect(inLog).toEqual(level === 'debug' ? linesOf(file) : []);
    }
  });

  test('has who was refused, a flood of them as a number, and no token', async () => {
    using own = tempDir();
    const file = own.join('audit.jsonl');
    await using server = await start({ VC_AUDIT_FILE: file });
    const canary = `vct_${'c4n4ry'.repeat(9)}`.slice(0, 53);
    const item = { hash: keyOf('x'), action: 'upload', artifact: undefined };
    for (const token of [canary, 'wrong-token-4711']) {
      await Promise.all(Array.from({ length: 100 }, () => post(server.url, '/v1/negotiate', token, { items: [item] })));
    }
    await fetch(`${server.url}/v1/proxy/blob/v1/default/t/ac/${canary}?signature=${canary}`);
    // Its number comes within a second, and at the end.
    await stop(server);
    const refused = fieldsOf(file).filter(({ event }) => event === 'request.refused');
    const total = refused.reduce((sum, { count }) => sum + (typeof count === 'number' ? count : 1), 0);
    expect(total).toBe(201);
    expect(refused.length).toBeLessThan(160);
    expect(refused[0]).toMatchObject({ status: 401, code: 'UNAUTHORIZED', method: 'POST', path: '/v1/negotiate' });
    expect(readFileSync(file, 'utf8')).not.toMatch(/c4n4ry|wrong-token/);
    expect(await verify(file)).toMatchObject({ exitCode: 0 });
  }, 30_000);

  test('loses nothing older than 100 ms to kill -9, and the next process goes on from there', async () => {
    using own = tempDir();
    const file = own.join('audit.jsonl');
    for (let round = 0; round < 5; round++) {
      await using server = await start({ VC_AUDIT_FILE: file });
      for (let i = 0; i < 10; i++) await post(server.url, '/v1/commit', ENV.VC_READ_TOKEN, { ticket: 'x' });
      await new Promise((resolve) => setTimeout(resolve, 100));
      server.kill('SIGKILL');
      await server.result;
      expect(linesOf(file)).toHaveLength((round + 1) * 11);
    }
    const { exitCode, stdout } = await verify(file);
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringMatching(/^sound: 55 lines of 5 processes\n5 of them without an end/),
    ]);
  }, 30_000);

  test('is whole with four processes writing to it at once', async () => {
    using own = tempDir();
    const file = own.join('audit.jsonl');
    const servers = await Promise.all(Array.from({ length: 4 }, () => start({ VC_AUDIT_FILE: file })));
    await Promise.all(
      servers.flatMap(({ url }) =>
        Array.from({ length: 100 }, () => post(url, '/v1/commit', ENV.VC_READ_TOKEN, { ticket: 'x' })),
      ),
    );
    await Promise.all(servers.map(stop));
    const { exitCode, stdout } = await verify(file);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^sound: 408 lines of 4 processes\nhead /)]);
  }, 60_000);

  test('may be rotated while it is written, and is verified with the file before', async () => {
    using own = tempDir();
    const file = own.join('audit.jsonl');
    await using server = await start({ VC_AUDIT_FILE: file });
    await post(server.url, '/v1/commit', ENV.VC_READ_TOKEN, { ticket: 'x' });
    while (!existsSync(file) || linesOf(file).length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    renameSync(file, `${file}.1`);
    await post(server.url, '/v1/commit', ENV.VC_READ_TOKEN, { ticket: 'x' });
    await stop(server);
    expect(await verify(`${file}.1`, file)).toMatchObject({ exitCode: 0 });
    const alone = await verify(file);
    expect([alone.exitCode, alone.stdout]).toEqual([
      1,
      expect.stringMatching(/:1: lines 0 to 1 of chain \w+ are missing/),
    ]);
  });

  test('that cannot be written is no start', async () => {
    using own = tempDir();
    mkdirSync(own.join('directory'));
    for (const file of [own.join('directory'), own.join('no', 'such')]) {
      const { exitCode, stderr } = await runGatewayOnce(bundle, [], { ...ENV, VC_AUDIT_FILE: file });
      expect([exitCode, stderr]).toEqual([
        1,
        expect.stringMatching(/^velocity-server: the audit file cannot be used: /),
      ]);
    }
  });

  test('that a dying writer cut off is gone on from, on a line of its own, and the cut stays visible', async () => {
    using own = tempDir();
    const file = own.join('audit.jsonl');
    copyFileSync(path, file);
    truncateSync(file, statSync(file).size - 30);
    await stop(await start({ VC_AUDIT_FILE: file }));
    const { exitCode, stdout } = await verify(file);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^\S+:8: is no audit line: edited, cut off or put in\n1 problem: 10 lines of 3 processes\n/);
  });

  const onLinux = existsSync('/dev/full') ? test : test.skip;
  onLinux('that fills the disk does not end the gateway, which says so', async () => {
    await using server = await start({ VC_AUDIT_FILE: '/dev/full' });
    await server.waitForLine(/the audit file cannot be written/);
    expect(await storeOver(server.url, ENV.VC_AUTH_TOKEN, 'full')).toBe(200);
    await stop(server);
    expect(logOf(server).filter(({ msg }) => msg === 'the audit file cannot be written')).toHaveLength(1);
  });
});

describe('an audit line', () => {
  test('names each record that a sweep removes', async () => {
    const rig = await createRig();
    for (const name of ['a', 'b']) await store(rig, TOKENS.trusted, name, [name]);
    rig.clock.ms += 30 * 86_400_000;
    const { metrics, logger, now } = rig.context;
    const retention = { maxAgeMs: 86_400_000, maxStoreSize: undefined, sweepIntervalMs: 0 };
    await runSweep({ driver: rig.driver, metrics, logger, now }, retention, new AbortController().signal);
    const evicted = rig.log.filter(({ event }) => event === 'record.evicted');
    const keys = evicted.map(({ object }) => String(object).split('/').at(-1));
    expect(new Set(keys)).toEqual(new Set([keyOf('a'), keyOf('b')]));
    expect(keys).toHaveLength(2);
    expect(evicted[0]).toMatchObject({ audit: true });
    expect(rig.log.at(-1)).toMatchObject({ audit: true, event: 'store.swept', recordsRemoved: 2 });
  });

  test('counts the items of a batch that a reader may not write', async () => {
    const rig = await createRig();
    const item = { hash: keyOf('x'), action: 'upload', artifact: artifactOf(['x']) };
    expect((await ask(rig, '/v1/negotiate', TOKENS.reader, { items: [item, item, item] })).status).toBe(200);
    expect(rig.log.filter(({ audit }) => audit === true)).toMatchObject([
      { event: 'items.refused', status: 403, principal: 'reader', namespace: 'default', count: 3 },
    ]);
  });

  test('is not written twice for a commit that is refused', async () => {
    const rig = await createRig();
    expect((await ask(rig, '/v1/commit', TOKENS.reader, { ticket: 'x' })).status).toBe(403);
    expect(rig.log.filter(({ audit }) => audit === true)).toMatchObject([{ event: 'commit.refused' }]);
  });
});
