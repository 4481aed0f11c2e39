import { test } from '@jest/globals';
import { storageConformance } from '@velocity/storage/conformance';
import { s3FromEnvironment } from './support/s3-from-environment.js';
import { openS3Target, s3Profiles } from './support/s3-target.js';

const store = s3FromEnvironment(process.env);
if (store === undefined) {
  const names = ['ENDPOINT', 'REGION', 'BUCKET', 'KEY', 'SECRET', 'PATH_STYLE', 'PROFILE'].join(', ');
  // oxlint-disable-next-line jest/no-disabled-tests -- that nothing ran is to be seen in the report
  test.skip(`a store of your own: VC_TEST_S3_{${names}} are not set`, () => undefined);
} else {
  const { target, pathStyle } = store;
  const profile = s3Profiles[store.profile];
  storageConformance({
    test,
    now: Date.now,
    profile,
    createDriver: ({ now }) => openS3Target(target, profile, { now, pathStyle }),
  });
}
