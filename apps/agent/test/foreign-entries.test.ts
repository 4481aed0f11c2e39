import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { digestOf, type CacheKey } from '@velocity/core';
import type { CacheRecord } from '@velocity/protocol';
import { readTree, startFakeS3, tempDir } from '@velocity/testing';
import { logOf, startGateway, type RunningGateway } from '../../gateway/test/support/bundle.js';
import type { Rig } from './rig.js';
import { copyOfBundle, type Bundle } from './support/bundle.js';
import { editRecord, findRecord, storeArtifact, type StoreFiles } from './support/foreign-artifact.js';
import { outcomes, reasonOf } from './support/output.js';
import { machineAt, READ_TOKEN, TOKEN, warnings } from './support/remote-rig.js';

let bundle: Bundle;
beforeAll(async () => void (bundle = await copyOfBundle('gateway')), 60_000);
afterAll(() => bundle[Symbol.dispose]());

/** A store that outlives its gateway: what this remembers of records is what it wrote. */
interface Place extends AsyncDisposable {
  readonly store: StoreFiles;
  start(): Promise<RunningGateway>;
}

function localPlace(): Place {
  const folder = tempDir('velocity-gateway-store-');
  return {
    store: {
      keys: () => Object.keys(readTree(folder.path)),
      read: async (key) => readFileSync(folder.join(key)),
      write: (key, body) => {
        mkdirSync(dirname(folder.join(key)), { recursive: true });
        writeFileSync(folder.join(key), body);
      },
    },
    start: () => startGateway(asBundle(bundle), ['--storage-dir', folder.path], TOKENS),
    [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
  };
}

async function s3Place(): Promise<Place> {
  const fake = await startFakeS3();
  const { objects } = fake;
  const env = {
    ...TOKENS,
    VC_STORAGE_DRIVER: 's3',
    VC_S3_BUCKET: fake.bucket,
    VC_S3_REGION: fake.region,
    VC_S3_ENDPOINT: fake.endpoint,
    AWS_ACCESS_KEY_ID: fake.accessKeyId,
    AWS_SECRET_ACCESS_KEY: fake.secretAccessKey,
  };
  return {
    store: {
      keys: () => objects.keys(),
      read: async (key) => (await objects.read(key)) ?? Buffer.alloc(0),
      write: (key, body) => objects.write(key, body),
    },
    start: () => startGateway(asBundle(bundle), [], env),
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
}

const TOKENS = { VC_AUTH_TOKEN: TOKEN, VC_READ_TOKEN: READ_TOKEN };
const asBundle = ({ program }: Bundle) => ({ program }) as Parameters<typeof startGateway>[0];

const OUTPUT = 'packages/solo/dist/out.txt';
type Tamper = (store: StoreFiles, root: string) => Promise<void>;

const otherKey: Tamper = (store, root) =>
  editRecord(store, 'solo#build', async (record) => {
    const key = digestOf('another key') as string as CacheKey;
    return { ...record, artifact: await storeArtifact(store, root, { key, paths: [OUTPUT], task: 'solo#build' }) };
  });

const otherManifest: Tamper = (store, root) =>
  editRecord(store, 'solo#build', async (record) => {
    const { key, artifact } = record;
    const stored = await storeArtifact(store, root, { key, paths: [OUTPUT], task: 'solo#build' });
    return { ...record, artifact: { ...stored, manifestDigest: artifact.manifestDigest } };
  });

const otherTask: Tamper = async (store) => {
  const [, { artifact }] = await findRecord(store, 'lib#build');
  await editRecord(store, 'solo#build', (record): CacheRecord => ({ ...record, artifact }));
};

/**
 * Machine A stores it, something puts another artifact in its place; B misses, says why, and stores a good one; C hits.
 * @returns what the gateway says of reports
 */
async function playHealing(place: Place, project: string, tamper: Tamper, reason: RegExp): Promise<unknown[]> {
  using a = await machineThatBuilds(place, project);
  await tamper(place.store, a.root);
  await using gateway = await place.start();
  using reader = machineAt(gateway.url, project, { env: { VC_AUTH_TOKEN: READ_TOKEN } });
  using b = machineAt(gateway.url, project);
  using c = machineAt(gateway.url, project);
  const missed = await b.run('solo#build');
  expect([missed.exitCode, missed.stderr, missed.executed, warnings(missed)]).toEqual([0, '', ['solo#build'], []]);
  expect(reasonOf(missed, 'solo:build')).toMatch(reason);
  expect(readTree(b.path('packages/solo/dist'))).toEqual(readTree(a.path('packages/solo/dist')));
  for (const machine of [c, reader]) {
    const hit = await machine.run('solo#build');
    expect([hit.executed, outcomes(hit)]).toEqual([[], { 'solo:build': 'hit remote' }]);
    expect(readTree(machine.path('packages/solo/dist'))).toEqual(readTree(a.path('packages/solo/dist')));
  }
  return logOf(gateway).filter(({ event }) => String(event).startsWith('report.'));
}

/** With a gateway of its own, which remembers what it has written. */
async function machineThatBuilds(place: Place, project: string): Promise<Rig> {
  await using gateway = await place.start();
  const machine = machineAt(gateway.url, project);
  expect(outcomes(await machine.run('build'))['solo:build']).toBe('ran');
  return machine;
}

const KEY_REASON = /^corrupt remote entry: .*it was made for the key [0-9a-f]{64}$/;
const MANIFEST_REASON = /^corrupt remote entry: .*its manifest is not the one that was said$/;

describe.each<[string, () => Place | Promise<Place>]>([
  ['a folder', localPlace],
  ['the fake S3', s3Place],
])('a record in %s whose sound blobs are another artifact', (_where, open) => {
  test.each([
    ['is that of another key', otherKey, KEY_REASON],
    ['has another manifest', otherManifest, MANIFEST_REASON],
  ] as const)('heals when it %s', async (_what, tamper, reason) => {
    await using place = await open();
    expect(await playHealing(place, 'foreign', tamper, reason)).toMatchObject([
      { event: 'report.removed', audit: true, principal: 'trusted', task: 'solo#build' },
    ]);
  });

  test("heals when it is another task's", async () => {
    await using place = await open();
    expect(await playHealing(place, 'copied', otherTask, KEY_REASON)).toHaveLength(1);
  });
});
