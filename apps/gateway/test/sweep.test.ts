import { expect, test } from '@jest/globals';
import { runSweep } from '../src/run-sweep.js';
import { createRig, fetchArtifact, metric, store, TOKENS } from './support/rig.js';
import type { Rig } from './support/rig.js';

const DAY_MS = 86_400_000;
const limits = { maxAgeMs: undefined, maxStoreSize: undefined, sweepIntervalMs: 0 };

function sweepOnce(rig: Rig, retention: Partial<typeof limits> | { maxAgeMs: number } | { maxStoreSize: number }) {
  const { metrics, logger, now } = rig.context;
  return runSweep(
    { driver: rig.driver, metrics, logger, now },
    { ...limits, ...retention },
    new AbortController().signal,
  );
}

test('what nobody used within the retention goes, what was read stays', async () => {
  const rig = await createRig();
  await store(rig, TOKENS.trusted, 'old', ['of old', 'shared']);
  await store(rig, TOKENS.trusted, 'used', ['of used', 'shared']);
  rig.clock.ms += 5 * DAY_MS;
  await fetchArtifact(rig, TOKENS.reader, 'used');
  await rig.context.usage.idle();
  rig.clock.ms += 4 * DAY_MS;
  expect(await sweepOnce(rig, { maxAgeMs: 7 * DAY_MS })).toMatchObject({ recordsRemoved: 1, blobsRemoved: 1 });
  const fresh = await createRig({ replicaOf: rig });
  expect(await fetchArtifact(fresh, TOKENS.reader, 'old')).toBeUndefined();
  expect(await fetchArtifact(fresh, TOKENS.reader, 'used')).toEqual(['of used', 'shared']);
  expect(await metric(rig, 'vc_evictions_total{kind="record"}')).toBe(1);
  expect(await metric(rig, 'vc_evictions_total{kind="blob"}')).toBe(1);
  expect(await metric(rig, 'vc_store_size_bytes')).toBeGreaterThan(0);
});

test('above the size the longest unused goes first', async () => {
  const rig = await createRig();
  for (const name of ['a', 'b', 'c']) {
    await store(rig, TOKENS.trusted, name, [name.repeat(10_000)]);
    rig.clock.ms += 2 * DAY_MS;
  }
  await sweepOnce(rig, { maxStoreSize: 22_000 });
  const fresh = await createRig({ replicaOf: rig });
  expect(await fetchArtifact(fresh, TOKENS.reader, 'a')).toBeUndefined();
  expect(await fetchArtifact(fresh, TOKENS.reader, 'c')).toBeDefined();
});

test('a blob that an upload was told to have survives the sweep before its commit', async () => {
  const rig = await createRig();
  await store(rig, TOKENS.trusted, 'old', ['shared']);
  rig.clock.ms += 30 * DAY_MS;
  const { negotiate, artifactOf, keyOf, commitTicket, ticketOf } = await import('./support/rig.js');
  const offer = await negotiate(rig, TOKENS.trusted, {
    hash: keyOf('new'),
    action: 'upload',
    artifact: artifactOf(['shared']),
  });
  expect(JSON.stringify(offer)).toContain('"have":true');
  expect(await sweepOnce(rig, { maxAgeMs: 7 * DAY_MS })).toMatchObject({ recordsRemoved: 1, blobsRemoved: 0 });
  expect((await commitTicket(rig, TOKENS.trusted, ticketOf(offer))).body.status).toBe('stored');
  expect(await fetchArtifact(rig, TOKENS.reader, 'new')).toEqual(['shared']);
});
