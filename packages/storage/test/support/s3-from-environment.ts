import type { S3Target } from '@velocity/testing';
import { type S3ProfileName, s3Profiles } from './s3-target.js';

export interface S3FromEnvironment {
  readonly target: S3Target;
  readonly pathStyle: boolean;
  readonly profile: S3ProfileName;
}

/** The store that `VC_TEST_S3_*` names; undefined when none is named. */
export function s3FromEnvironment(env: Readonly<Record<string, string | undefined>>): S3FromEnvironment | undefined {
  const endpoint = env.VC_TEST_S3_ENDPOINT;
  if (endpoint === undefined) return undefined;
  const need = (name: string): string => {
    const value = env[`VC_TEST_S3_${name}`];
    if (value === undefined) throw new Error(`VC_TEST_S3_ENDPOINT is set, so VC_TEST_S3_${name} must be`);
    return value;
  };
  const profile = env.VC_TEST_S3_PROFILE ?? 'aws';
  if (!(profile in s3Profiles)) throw new Error(`VC_TEST_S3_PROFILE is one of ${Object.keys(s3Profiles).join(', ')}`);
  return {
    target: {
      endpoint,
      region: env.VC_TEST_S3_REGION ?? 'us-east-1',
      bucket: need('BUCKET'),
      accessKeyId: need('KEY'),
      secretAccessKey: need('SECRET'),
    },
    pathStyle: ['1', 'true'].includes(env.VC_TEST_S3_PATH_STYLE ?? ''),
    profile: profile as S3ProfileName,
  };
}
