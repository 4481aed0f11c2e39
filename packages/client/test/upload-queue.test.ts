import { describe, expect, test } from '@jest/globals';
import { UploadQueue, type ArtifactStore, type SaveVerdict, type UploadOutcome } from '@velocity/client';
import type { CacheKey } from '@velocity/core';
import { deferred } from '@velocity/testing';
import { artifactOf, blobOf, keyOf } from './support/artifacts.js';
import { clientRig } from './support/client-rig.js';
import { startGateway } from './support/gateway-rig.js';
import { startScripted } from './support/scripted-server.js';

const artifact = artifactOf([blobOf(1000)]);
const LONG_MS = 60_000;

/** A queue whose store does what the test says, and a list of what became of each artifact. */
function queueRig(save: ArtifactStore['save'], concurrency = 2) {
  const outcomes: (readonly [CacheKey, UploadOutcome])[] = [];
  const onSettled = (key: CacheKey, outcome: UploadOutcome): void => void outcomes.push([key, outcome]);
  const store = { save, lookup: async () => new Map() };
  return { queue: new UploadQueue({ store, concurrency, onSettled }), outcomes };
}

/** Ends as the store of a real remote does: when its signal fires. */
const untilAborted: ArtifactStore['save'] = (_key, _artifact, options) =>
  new Promise((_resolve, reject) => {
    options?.signal?.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  });

describe('an upload queue', () => {
  test('sends everything, so many at once, and tells of each', async () => {
    let running = 0;
    let most = 0;
    const { queue, outcomes } = queueRig(async (key) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (key === keyOf('3')) throw new Error('refused');
      return 'saved';
    });
    const keys = Array.from({ length: 10 }, (_, index) => keyOf(String(index)));
    for (const key of keys) queue.add(key, artifact);
    expect(queue.pending).toBe(10);
    expect(await queue.drain({ deadlineMs: LONG_MS })).toBe(0);
    expect([queue.pending, most]).toEqual([0, 2]);
    expect(outcomes.map(([key]) => key)).toEqual(keys);
    expect(outcomes.filter(([, { status }]) => status === 'failed').map(([key]) => key)).toEqual([keyOf('3')]);
  });

  test('waits for what is added while it drains', async () => {
    const first = deferred<SaveVerdict>();
    const { queue, outcomes } = queueRig(async (key) => (key === keyOf('1') ? first.promise : 'exists'));
    queue.add(keyOf('1'), artifact);
    const drained = queue.drain({ deadlineMs: LONG_MS });
    queue.add(keyOf('2'), artifact);
    first.resolve('saved');
    expect(await drained).toBe(0);
    expect(outcomes).toHaveLength(2);
  });

  test('has nothing to wait for when nothing was added', async () => {
    const { queue } = queueRig(untilAborted);
    expect(await queue.drain({ deadlineMs: LONG_MS })).toBe(0);
    expect(await queue.drain({ deadlineMs: LONG_MS, signal: AbortSignal.abort() })).toBe(0);
  });

  test('gives up at the deadline, and says how many', async () => {
    const { queue, outcomes } = queueRig(untilAborted);
    for (const name of ['1', '2', '3']) queue.add(keyOf(name), artifact);
    expect(await queue.drain({ deadlineMs: 20 })).toBe(3);
    expect([queue.pending, outcomes]).toEqual([0, []]);
  });

  test('gives up when it is told to, and takes nothing more', async () => {
    const { queue, outcomes } = queueRig(untilAborted);
    queue.add(keyOf('1'), artifact);
    const controller = new AbortController();
    const drained = queue.drain({ deadlineMs: LONG_MS, signal: controller.signal });
    controller.abort();
    expect(await drained).toBe(1);
    queue.add(keyOf('2'), artifact);
    expect(await queue.drain({ deadlineMs: LONG_MS })).toBe(1);
    expect(outcomes).toEqual([]);
  });

  test('is not held up by a store that does not heed its signal', async () => {
    const started = deferred();
    const { queue } = queueRig(() => {
      started.resolve();
      return new Promise(() => undefined);
    });
    queue.add(keyOf('1'), artifact);
    await started.promise;
    expect(await queue.drain({ deadlineMs: 1, signal: AbortSignal.abort() })).toBe(1);
  });

  test('takes a deadline beyond what a timer takes for none', async () => {
    const result = deferred<SaveVerdict>();
    const { queue } = queueRig(() => result.promise);
    queue.add(keyOf('1'), artifact);
    const drained = queue.drain({ deadlineMs: Number.MAX_SAFE_INTEGER });
    await new Promise((resolve) => setImmediate(resolve));
    result.resolve('saved');
    expect(await drained).toBe(0);
  });

  test('abandons what is left when it is disposed', async () => {
    const started = deferred();
    const aborted = deferred();
    const { queue, outcomes } = queueRig(async (_key, _artifact, options) => {
      started.resolve();
      options?.signal?.addEventListener('abort', () => aborted.resolve(), { once: true });
      return untilAborted(_key, _artifact, options);
    });
    queue.add(keyOf('1'), artifact);
    await started.promise;
    queue[Symbol.dispose]();
    await aborted.promise;
    expect(outcomes).toEqual([]);
  });
});

describe('with a real remote', () => {
  test('everything arrives', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url });
    const outcomes: UploadOutcome[] = [];
    const queue = new UploadQueue({ store: rig.store, concurrency: 4, onSettled: (_key, how) => outcomes.push(how) });
    const keys = Array.from({ length: 20 }, (_, index) => keyOf(String(index)));
    for (const [index, key] of keys.entries()) queue.add(key, artifactOf([blobOf(50_000, index)]));
    expect(await queue.drain({ deadlineMs: LONG_MS })).toBe(0);
    expect(outcomes).toEqual(keys.map(() => ({ status: 'done', verdict: 'saved' })));
    expect((await rig.store.lookup(keys)).size).toBe(20);
  });

  test('that has stopped answering, the deadline holds and every connection is closed', async () => {
    const asked = deferred();
    await using silent = await startScripted(() => asked.resolve());
    using rig = clientRig({ url: silent.url });
    const queue = new UploadQueue({ store: rig.store, concurrency: 4 });
    for (const name of ['1', '2', '3', '4', '5', '6']) queue.add(keyOf(name), artifact);
    await asked.promise;
    expect(await queue.drain({ deadlineMs: 10 })).toBe(6);
    expect([rig.breaker.isOpen, await rig.busy()]).toEqual([false, 0]);
  });
});
