import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tempDir } from '@velocity/testing';
import type { RunningProcess } from '@velocity/testing';
import type { Bundle } from './support/bundle.js';
import { buildBundle, logOf, startGateway } from './support/bundle.js';
import { createToken, whoami } from './support/tokens.js';

let bundle: Bundle;
beforeAll(() => void (bundle = buildBundle()));
afterAll(() => bundle[Symbol.dispose]());

/** How long the tokens file's change took to be seen by one connection that is never closed, in milliseconds. */
async function untilStatus(url: string, token: string, expected: number, agent: Agent): Promise<number> {
  const startedAt = performance.now();
  while ((await statusOver(agent, url, token)) !== expected) {
    if (performance.now() - startedAt > 5000) throw new Error(`no ${expected} within 5 s`);
  }
  return performance.now() - startedAt;
}

/** Local ports of the connections that an agent's requests went over. */
const portsOf = new WeakMap<Agent, Set<number | undefined>>();

function statusOver(agent: Agent, url: string, token: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/v1/whoami`, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    });
    const ports = portsOf.get(agent) ?? new Set();
    portsOf.set(agent, ports);
    sent.once('socket', (socket) => sent.once('finish', () => ports.add(socket.localPort)));
    sent.once('error', reject).end();
  });
}

function auditOf(server: RunningProcess, event: string): Record<string, unknown>[] {
  return logOf(server).filter((line) => line['event'] === event);
}

describe('the tokens file of a running gateway', () => {
  test('without SIGHUP, a token ends or begins within a second, also for a connection that is kept', async () => {
    using dir = tempDir();
    const [kept, changing] = [
      await createToken(bundle, '--name', 'kept'),
      await createToken(bundle, '--name', 'changing'),
    ];
    const path = dir.join('tokens.jsonl');
    writeFileSync(path, `${kept.line}\n`);
    await using server = await startGateway(bundle, [], { VC_TOKENS_FILE: path });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const took: number[] = [];
    const put = async (lines: readonly string[], expected: number): Promise<void> => {
      // In place and by renaming in turn: editors and tools do either.
      const target = took.length % 4 < 2 ? path : `${path}.new`;
      writeFileSync(target, lines.map((line) => `${line}\n`).join(''));
      if (target !== path) renameSync(target, path);
      took.push(await untilStatus(server.url, changing.token, expected, agent));
    };
    for (let round = 0; round < 8; round++) {
      // Once so late that the file has long not been read any more.
      if (round === 4) await new Promise((resolve) => setTimeout(resolve, 3500));
      await put([kept.line, changing.line], 200);
      await put([kept.line], 401);
      expect(await statusOver(agent, server.url, kept.token)).toBe(200);
    }
    expect(portsOf.get(agent)?.size).toBe(1);
    agent.destroy();
    process.stdout.write(`${took.length} changes were in force after ${Math.round(Math.max(...took))} ms at most\n`);
    expect(Math.max(...took)).toBeLessThan(1000);
    expect(auditOf(server, 'tokens.reloaded').slice(0, 2)).toMatchObject([
      { audit: true, tokens: 2, added: ['changing'], removed: [] },
      { audit: true, tokens: 1, added: [], removed: ['changing'] },
    ]);
  }, 60_000);

  test('is seen to change through links, as Kubernetes mounts it, and with its old length and times', async () => {
    using dir = tempDir();
    const [one, two] = [await createToken(bundle, '--name', 'same'), await createToken(bundle, '--name', 'same')];
    const agent = new Agent({ keepAlive: true });
    for (const name of ['a', 'b']) mkdirSync(dir.join(name));
    writeFileSync(dir.join('a', 'tokens.jsonl'), `${one.line}\n`);
    writeFileSync(dir.join('b', 'tokens.jsonl'), `${two.line}\n`);
    for (const name of ['a', 'b']) utimesSync(dir.join(name, 'tokens.jsonl'), 1e9, 1e9);
    const swap = (name: string): void => {
      symlinkSync(name, dir.join('data.new'));
      renameSync(dir.join('data.new'), dir.join('data'));
    };
    swap('a');
    await using server = await startGateway(bundle, [], { VC_TOKENS_FILE: dir.join('data', 'tokens.jsonl') });
    expect(await statusOver(agent, server.url, one.token)).toBe(200);
    swap('b');
    expect(await untilStatus(server.url, one.token, 401, agent)).toBeLessThan(1000);
    expect(await statusOver(agent, server.url, two.token)).toBe(200);
    agent.destroy();
  });

  test('that is broken keeps the old tokens, is said once, opens nothing, and is taken when it is mended', async () => {
    using dir = tempDir();
    const [old, added] = [await createToken(bundle, '--name', 'old'), await createToken(bundle, '--name', 'new')];
    const path = dir.join('tokens.jsonl');
    writeFileSync(path, `${old.line}\n`);
    await using server = await startGateway(bundle, [], { VC_TOKENS_FILE: path });
    const agent = new Agent({ keepAlive: true });
    const breaks: readonly (() => void)[] = [
      () => appendFileSync(path, added.line.slice(0, 40)),
      () => writeFileSync(path, '{"tokens": ['),
      () => writeFileSync(path, `${added.line}\n${added.line}\n`),
      () => writeFileSync(path, added.line.replace('reader', 'root')),
      () => writeFileSync(path, added.line.replace(/"sha256":"\w+"/, `"sha256":"${added.token}"`)),
      () => truncateSync(path),
      () => rmSync(path),
      () => mkdirSync(path),
    ];
    for (const [index, breakIt] of breaks.entries()) {
      breakIt();
      const said = (): number => auditOf(server, 'tokens.refused').length;
      while (said() <= index) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(await statusOver(agent, server.url, old.token)).toBe(200);
      for (const token of [added.token, 'x']) expect(await statusOver(agent, server.url, token)).toBe(401);
      expect((await fetch(`${server.url}/v1/whoami`)).status).toBe(401);
    }
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(auditOf(server, 'tokens.refused')).toHaveLength(breaks.length);
    expect(server.stderr()).not.toContain(added.token.slice(4));
    rmSync(path, { recursive: true });
    writeFileSync(path, `${added.line}\n`);
    expect(await untilStatus(server.url, added.token, 200, agent)).toBeLessThan(1000);
    expect(await statusOver(agent, server.url, old.token)).toBe(401);
    agent.destroy();
  }, 30_000);

  test('may hold no token at all: then nobody gets in', async () => {
    using dir = tempDir();
    const { token, line } = await createToken(bundle);
    const path = dir.join('tokens.json');
    writeFileSync(path, line);
    await using server = await startGateway(bundle, [], { VC_TOKENS_FILE: path });
    const agent = new Agent({ keepAlive: true });
    expect(await statusOver(agent, server.url, token)).toBe(200);
    writeFileSync(path, '{"tokens": []}');
    expect(await untilStatus(server.url, token, 401, agent)).toBeLessThan(1000);
    expect((await fetch(`${server.url}/v1/whoami`)).status).toBe(401);
    agent.destroy();
  });

  test('is read again on SIGHUP at once, and that is said although nothing has changed', async () => {
    using dir = tempDir();
    const { token, line } = await createToken(bundle);
    const path = dir.join('tokens.jsonl');
    writeFileSync(path, `${line}\n`);
    await using server = await startGateway(bundle, [], { VC_TOKENS_FILE: path });
    server.kill('SIGHUP');
    await server.waitForLine(/"tokens\.reloaded"/);
    expect(auditOf(server, 'tokens.reloaded')).toMatchObject([{ tokens: 1, added: [], removed: [] }]);
    expect((await whoami(server.url, token)).status).toBe(200);
  });

  test('a token ends at its time, without anybody reading anything', async () => {
    using dir = tempDir();
    const { token, line } = await createToken(bundle, '--expires', '3s');
    const path = dir.join('tokens.jsonl');
    writeFileSync(path, `${line}\n`);
    await using server = await startGateway(bundle, [], { VC_TOKENS_FILE: path });
    const agent = new Agent({ keepAlive: true });
    expect(await statusOver(agent, server.url, token)).toBe(200);
    expect(await untilStatus(server.url, token, 401, agent)).toBeLessThan(4000);
    agent.destroy();
  });
});
