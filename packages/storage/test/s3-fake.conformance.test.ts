import { test } from '@jest/globals';
import { storageConformance } from '@velocity/storage/conformance';
import { startFakeS3 } from '@velocity/testing';
import { openS3Target, s3Profiles } from './support/s3-target.js';

storageConformance({
  test,
  now: Date.now,
  profile: s3Profiles.fake,
  createDriver: async ({ now }) => {
    const fake = await startFakeS3();
    const target = await openS3Target(fake, s3Profiles.fake, { now });
    return {
      ...target,
      [Symbol.asyncDispose]: async () => {
        await target[Symbol.asyncDispose]();
        await fake[Symbol.asyncDispose]();
      },
    };
  },
});
