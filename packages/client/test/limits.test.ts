import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { deferred } from '@velocity/testing';
import { clientRig } from './support/client-rig.js';
import { startScripted } from './support/scripted-server.js';

const failureOf = async (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);
const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

/** A server that takes requests and says nothing; `asked` settles with the first of them, `closed` when that one is gone. */
async function startSilent() {
  const asked = deferred();
  const closed = deferred();
  const server = await startScripted((_seen, { response }) => {
    response.once('close', () => closed.resolve());
    asked.resolve();
  });
  return { ...server, asked: asked.promise, closed: closed.promise };
}

describe('time limits', () => {
  test('a server that says nothing is given up, after every attempt', async () => {
    await using server = await startSilent();
    using rig = clientRig({ url: server.url, timeouts: { idleMs: 40 } });
    const failure = await failureOf(rig.gateway.whoami());
    expect(failure).toMatchObject({ code: 'TIMEOUT', message: `${server.url}: nothing moved for 0.04 s` });
    expect(server.seen).toHaveLength(3);
    await server.closed;
    expect(await rig.busy()).toBe(0);
  });

  test('a server that never finishes is given up', async () => {
    await using server = await startScripted((_seen, { response }) => {
      const timer = setInterval(() => response.write(' '), 10);
      response.once('close', () => clearInterval(timer));
    });
    using rig = clientRig({ url: server.url, timeouts: { idleMs: 5000, totalMs: 80 } });
    const failure = await failureOf(rig.gateway.whoami());
    expect(failure).toMatchObject({ code: 'TIMEOUT', message: `${server.url}: not done after 0.08 s` });
    expect(await rig.busy()).toBe(0);
  });

  test('waiting for a connection that is in use does not count', async () => {
    let answerFirst = (): void => undefined;
    const asked = deferred();
    await using server = await startScripted((_seen, { response, count }) => {
      const answer = (): void => void response.end('{"status":"stored"}');
      if (count > 1) return answer();
      answerFirst = answer;
      return asked.resolve();
    });
    using patient = clientRig({ url: server.url, maxSockets: 1 });
    const first = patient.gateway.commit('1');
    await asked.promise;
    const second = patient.gateway.commit('2');
    answerFirst();
    expect(await Promise.all([first, second])).toEqual([{ status: 'stored' }, { status: 'stored' }]);
  });

  test('limits beyond what a timer takes are no limits, rather than none at all', async () => {
    await using server = await startScripted((_seen, { response }) => void response.end('{"status":"stored"}'));
    const never = Number.MAX_SAFE_INTEGER;
    using rig = clientRig({ url: server.url, timeouts: { connectMs: never, totalMs: never } });
    expect(await rig.gateway.commit('1')).toEqual({ status: 'stored' });
  });
});

describe('a caller who cancels', () => {
  test('before the start causes no request', async () => {
    await using server = await startSilent();
    using rig = clientRig({ url: server.url });
    await expect(rig.gateway.whoami(AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(server.seen).toEqual([]);
  });

  test('while the answer is awaited closes the connection', async () => {
    await using server = await startSilent();
    using rig = clientRig({ url: server.url });
    const controller = new AbortController();
    const failure = failureOf(rig.gateway.whoami(controller.signal));
    await server.asked;
    controller.abort();
    expect(await failure).toMatchObject({ code: 'CANCELLED' });
    await server.closed;
    expect([rig.sleeps, await rig.busy()]).toEqual([[], 0]);
  });

  test('while the request waits for a connection is not kept waiting', async () => {
    await using server = await startSilent();
    using rig = clientRig({ url: server.url, maxSockets: 1 });
    const first = new AbortController();
    const second = new AbortController();
    const failures = [first, second].map(({ signal }) => failureOf(rig.gateway.whoami(signal)));
    await server.asked;
    second.abort();
    expect(await failures[1]).toMatchObject({ code: 'CANCELLED' });
    first.abort();
    expect(await failures[0]).toMatchObject({ code: 'CANCELLED' });
    expect(server.seen).toHaveLength(1);
  });

  test.each(['returns', 'throws'])('between two attempts ends them, whether the sleep %s', async (how) => {
    await using server = await startScripted((_seen, { response }) => void response.writeHead(503).end());
    const controller = new AbortController();
    const sleep = async (): Promise<void> => {
      controller.abort();
      if (how === 'throws') throw new Error('cut short');
    };
    const retry = { attempts: 3, baseDelayMs: 1, maxDelayMs: 1, random: () => 0, sleep };
    using rig = clientRig({ url: server.url, client: { retry } });
    await expect(rig.gateway.whoami(controller.signal)).rejects.toMatchObject({
      code: 'CANCELLED',
      cause: { code: 'STORAGE_UNAVAILABLE' },
    });
    expect(server.seen).toHaveLength(1);
  });

  test('leaves no timer behind, nor does anyone who got an answer or an error', async () => {
    await using silent = await startSilent();
    await using good = await startScripted((_seen, { response }) => void response.end('{"status":"stored"}'));
    await using bad = await startScripted((_seen, { response }) => void response.destroy());
    const before = timers();
    {
      using first = clientRig({ url: silent.url });
      using second = clientRig({ url: good.url });
      using third = clientRig({ url: bad.url });
      const controller = new AbortController();
      const failure = failureOf(first.gateway.whoami(controller.signal));
      await silent.asked;
      expect(timers()).toBeGreaterThan(before);
      controller.abort();
      await Promise.all([failure, second.gateway.commit('1'), failureOf(third.gateway.whoami())]);
      await Promise.all([first.busy(), second.busy(), third.busy()]);
    }
    expect(timers()).toBeLessThanOrEqual(before);
  });

  test('may share one signal with very many requests: each takes its listener back', async () => {
    await using server = await startScripted((_seen, { response }) => void response.end('{"status":"stored"}'));
    using rig = clientRig({ url: server.url, maxSockets: 50 });
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 50 }, (_, index) => rig.gateway.commit(String(index), signal)));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
