import { randomBytes } from 'node:crypto';
import { type S3Target, startFaultProxy } from '@velocity/testing';
import type { ConformanceTarget, SignedPutProfile, StoreProfile } from '@velocity/storage/conformance';
import { type Precondition, S3Driver, type S3DriverOptions, type S3Features } from '@velocity/storage/s3';

export interface S3Profile extends StoreProfile {
  readonly precondition: Precondition;
  /** As the probe finds them. */
  readonly features: S3Features;
}

const strict: SignedPutProfile = {
  wrongBody: 'refused',
  longerBody: 'refused',
  shorterBody: 'refused',
  droppedHeader: 'refused',
  overwrite: 'refused',
};

const documented: S3Features = {
  conditionalCreate: true,
  bindContentSha256: true,
  bindChecksumSha256: true,
  checksumOnHead: true,
  touchByCopy: true,
};

/** What each kind of store does: measured for all but `aws`, which is what Amazon documents. */
export const s3Profiles = {
  aws: {
    name: 's3 aws',
    supports: { sign: true, touch: true, atomicCreate: true },
    vouchesForDigest: true,
    stampsBy: 'store',
    signedPut: strict,
    precondition: 'if-none-match',
    features: documented,
  },
  /** The strict fake implements no CopyObject. */
  fake: {
    name: 's3 fake',
    supports: { sign: true, touch: false, atomicCreate: true },
    vouchesForDigest: true,
    stampsBy: 'store',
    signedPut: strict,
    precondition: 'if-none-match',
    features: { ...documented, touchByCopy: false },
    listsManyKeys: true,
  },
  /** RGW 16 checks x-amz-content-sha256, ignores x-amz-checksum-sha256 and keeps no SHA-256. */
  ceph: {
    name: 's3 ceph',
    supports: { sign: true, touch: true, atomicCreate: true },
    vouchesForDigest: false,
    stampsBy: 'store',
    signedPut: strict,
    precondition: 'if-none-match',
    features: { ...documented, checksumOnHead: false },
    listsManyKeys: true,
  },
  /** Swift's s3api answers 501 to a conditional PUT, and 403 to a signed x-amz-content-sha256. */
  swift: {
    name: 's3 swift',
    supports: { sign: true, touch: true, atomicCreate: false },
    vouchesForDigest: false,
    stampsBy: 'store',
    signedPut: { ...strict, wrongBody: 'accepted', overwrite: 'accepted' },
    precondition: 'none',
    features: { ...documented, conditionalCreate: false, bindContentSha256: false, checksumOnHead: false },
  },
} as const satisfies Record<string, S3Profile>;

export type S3ProfileName = keyof typeof s3Profiles;

/** A driver on a prefix of its own, over a line that the suite may cut. */
export async function openS3Target(
  address: S3Target,
  profile: S3Profile,
  options: Partial<S3DriverOptions> & { readonly now: () => number },
): Promise<ConformanceTarget> {
  // A store elsewhere is signed for by its own name, so the line to it cannot be led through the proxy.
  const isLocal = address.endpoint.startsWith('http://127.0.0.1:');
  const line = isLocal ? await startFaultProxy({ target: address.endpoint }) : undefined;
  const throughLine = { ...s3Options(address, profile), ...options, endpoint: line?.url ?? address.endpoint };
  const driver = await S3Driver.open(throughLine);
  const prefix = `conformance/${randomBytes(6).toString('hex')}/`;
  return {
    driver,
    prefix,
    another: () => S3Driver.open(throughLine),
    ...(line === undefined
      ? {}
      : {
          breakStore: async () => {
            await line.setFaults({ refuse: true });
            line.resetConnections();
          },
        }),
    [Symbol.asyncDispose]: async () => {
      await line?.clearFaults();
      for await (const { key } of driver.list({ prefix })) await driver.remove(key);
      await driver[Symbol.asyncDispose]();
      await line?.[Symbol.asyncDispose]();
    },
  };
}

export function s3Options(
  { endpoint, region, bucket, accessKeyId, secretAccessKey }: S3Target,
  { precondition, features }: Pick<S3Profile, 'precondition' | 'features'>,
): S3DriverOptions {
  return {
    endpoint,
    region,
    bucket,
    credentials: { accessKeyId, secretAccessKey },
    pathStyle: true,
    precondition,
    features,
    now: Date.now,
    random: () => 0.5,
    delay: () => Promise.resolve(),
  };
}
