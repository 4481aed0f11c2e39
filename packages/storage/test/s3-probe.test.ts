import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { type Misbehaviours, startFakeS3 } from '@velocity/testing';
import { probeStorage, S3Driver, type StoreTrust } from '@velocity/storage/s3';
import { s3Options, s3Profiles } from './support/s3-target.js';

const perfect: StoreTrust = {
  conditionalCreate: true,
  bindsBody: 'content-sha256',
  headReturnsSha256: true,
  sizeBound: true,
  overwriteRefused: true,
  signatureChecked: true,
  expiryChecked: true,
  problems: [],
  features: s3Profiles.fake.features,
};

/** Verdict of the probe on the strict fake, which is told to misbehave; the fake has no CopyObject, which is no problem of its own here. */
async function probe(misbehaviours: Misbehaviours, deadlineMs = 3_000): Promise<StoreTrust> {
  await using fake = await startFakeS3();
  await using driver = await S3Driver.open({ ...s3Options(fake, s3Profiles.fake), features: {} });
  fake.misbehave(misbehaviours);
  const trust = await probeStorage(driver, { randomBytes, now: Date.now, deadlineMs });
  fake.behave();
  expect(fake.objects.keys()).toEqual([]);
  return { ...trust, problems: trust.problems.filter((problem) => !problem.startsWith('touch could not be checked')) };
}

test('a store that keeps all promises is trusted with everything', async () => {
  expect(await probe({})).toEqual(perfect);
});

test.each<[string, Misbehaviours, Record<string, unknown>]>([
  [
    'ignores the precondition',
    { ignoreIfNoneMatch: true },
    {
      conditionalCreate: false,
      overwriteRefused: false,
      problems: [
        'conditional writes are ignored: a second writer overwrote the first',
        'a signed upload can overwrite an object',
      ],
    },
  ],
  [
    'checks the precondition too early',
    { racyIfNoneMatch: true },
    {
      conditionalCreate: false,
      problems: [expect.stringContaining('not atomic: of 8 writers'), 'a signed upload can overwrite an object'],
    },
  ],
  [
    'answers 501 to conditional writes',
    { conditionalNotImplemented: true },
    {
      conditionalCreate: false,
      overwriteRefused: false,
      problems: [
        'conditional writes are not implemented (501): only one gateway may use this store',
        'a signed upload can overwrite an object',
      ],
    },
  ],
  [
    'lets the same URL overwrite',
    { overwriteAllowed: true },
    { overwriteRefused: false, problems: ['a signed upload can overwrite an object'] },
  ],
  [
    'believes checksums but checks content hashes (Ceph)',
    { ignoreChecksum: true, noChecksumOnHead: true },
    { headReturnsSha256: false },
  ],
  ['checks checksums only', { ignoreContentSha256: true }, { bindsBody: 'checksum-sha256' }],
  ['refuses signed content hashes', { rejectContentSha256: true }, { bindsBody: 'checksum-sha256' }],
  [
    'binds nothing and echoes what it was told (worst)',
    { ignoreContentSha256: true, ignoreChecksum: true },
    {
      bindsBody: 'none',
      headReturnsSha256: false,
      problems: ['signed uploads are not bound to their content: it is read back at commit'],
    },
  ],
  [
    'binds no lengths',
    { acceptShorter: true, ignoreContentSha256: true, ignoreChecksum: true, noChecksumOnHead: true },
    { sizeBound: false, bindsBody: 'none' },
  ],
  [
    'has URLs that never expire',
    { acceptExpired: true },
    { expiryChecked: false, problems: ['signed uploads do not expire'] },
  ],
])('the probe sees a store that %s', async (_, misbehaviours, expected) => {
  const trust = await probe(misbehaviours);
  expect(trust).toMatchObject(expected);
  expect(trust.features.conditionalCreate).toBe(trust.conditionalCreate);
  expect(trust.features.checksumOnHead).toBe(trust.headReturnsSha256);
});

test('signed content hashes are left out where the right one is refused', async () => {
  const { features } = await probe({ rejectContentSha256: true });
  expect(features).toMatchObject({ bindContentSha256: false, bindChecksumSha256: true });
});

test('a store that cannot be reached gets no verdict', async () => {
  await expect(probe({ slowDown503: true })).rejects.toEqual(expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' }));
});

test('a store that hangs later on gets the worst verdict, within the deadlines', async () => {
  await using fake = await startFakeS3();
  await using driver = await S3Driver.open({ ...s3Options(fake, s3Profiles.fake), features: {} });
  await driver.stat('v1/there');
  const started = performance.now();
  const probing = probeStorage(driver, {
    now: Date.now,
    deadlineMs: 100,
    randomBytes: (size) => {
      // After the first look-up, with the first body.
      if (size > 12) fake.misbehave({ hang: true });
      return randomBytes(size);
    },
  });
  const trust = await probing;
  expect(performance.now() - started).toBeLessThan(3_000);
  expect(trust).toMatchObject({
    conditionalCreate: false,
    bindsBody: 'none',
    headReturnsSha256: false,
    sizeBound: false,
  });
  expect(trust.problems).toContain('conditional create could not be checked: no answer within 100 ms');
});
