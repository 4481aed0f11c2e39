import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { storageConformance } from '@velocity/storage/conformance';
import { probeStorage, S3Driver, type StoreTrust } from '@velocity/storage/s3';
import { sharedStore } from '@velocity/testing';
import { openS3Target, s3Options, s3Profiles } from './s3-target.js';

/** The conformance suite and the probe on a real store, where it is installed. */
export async function realStoreSuite(kind: 'ceph' | 'swift', expected: Omit<StoreTrust, 'features'>): Promise<void> {
  const store = await sharedStore(kind);
  if (store === undefined) {
    // oxlint-disable-next-line jest/no-disabled-tests -- a store that is not installed is to be seen in the report
    test.skip(`${kind} is not installed`, () => undefined);
    return;
  }
  const profile = s3Profiles[kind];
  storageConformance({
    test,
    now: Date.now,
    profile,
    createDriver: ({ now }) => openS3Target(store, profile, { now }),
  });

  test(`the probe sees what ${kind} keeps, and leaves nothing behind`, async () => {
    await using driver = await S3Driver.open({
      ...s3Options(store, { precondition: 'if-none-match', features: profile.features }),
      features: {},
    });
    const trust = await probeStorage(driver, { randomBytes, now: Date.now, deadlineMs: 10_000 });
    expect(trust).toEqual({ ...expected, features: profile.features });
    const left: string[] = [];
    for await (const { key } of driver.list({ prefix: 'v1-probe/' })) left.push(key);
    expect(left).toEqual([]);
  });
}
