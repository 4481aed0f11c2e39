import { rename } from 'node:fs/promises';
import { test } from '@jest/globals';
import { FsDriver, MemoryDriver, type FsDriverOptions } from '@velocity/storage';
import { storageConformance, type ConformanceTarget, type SignedPutProfile } from '@velocity/storage/conformance';
import { tempDir } from '@velocity/testing';
import { startBlobServer } from './support/blob-server.js';

const signedPut: SignedPutProfile = {
  wrongBody: 'refused',
  longerBody: 'refused',
  shorterBody: 'refused',
  droppedHeader: 'refused',
  overwrite: 'refused',
};
const supports = { sign: true, touch: true, atomicCreate: true };

storageConformance({
  test,
  now: Date.now,
  profile: { name: 'memory', supports, vouchesForDigest: true, stampsBy: 'driver', signedPut, listsManyKeys: true },
  createDriver: async ({ now }) => {
    const server = await startBlobServer(Date.now);
    const driver = await MemoryDriver.open({ now, signer: server.signer });
    server.serve(driver);
    return { driver, prefix: '', [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
});

storageConformance({
  test,
  now: Date.now,
  profile: { name: 'fs', supports, vouchesForDigest: false, stampsBy: 'driver', signedPut, listsManyKeys: true },
  createDriver: ({ now }) => fsTarget({ now }),
});

storageConformance({
  test,
  now: Date.now,
  profile: { name: 'fs without hard links', supports, vouchesForDigest: false, stampsBy: 'driver', signedPut },
  createDriver: ({ now }) => fsTarget({ now, hardLinks: false, durable: false }),
});

async function fsTarget(options: Omit<FsDriverOptions, 'root'>): Promise<ConformanceTarget> {
  const folder = tempDir();
  const server = await startBlobServer(Date.now);
  const root = folder.join('store');
  const open = (): Promise<FsDriver> => FsDriver.open({ ...options, root, signer: server.signer });
  const driver = await open();
  server.serve(driver);
  return {
    driver,
    prefix: 'v1/',
    another: open,
    breakStore: () => rename(root, folder.join('unmounted')),
    [Symbol.asyncDispose]: async () => {
      await driver[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
