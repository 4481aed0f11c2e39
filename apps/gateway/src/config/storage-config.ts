import { join } from 'node:path';
import type { Environment } from '../env.js';
import type { ConfigFlags, S3StorageConfig, StorageConfig } from './config.js';
import { parseBoolean, parseChoice, parsePattern, parseUrl } from './parsers.js';
import type { SettingsReader } from './problems.js';

const S3_VARIABLES = [
  'VC_S3_BUCKET',
  'VC_S3_REGION',
  'VC_S3_ENDPOINT',
  'VC_S3_PUBLIC_ENDPOINT',
  'VC_S3_FORCE_PATH_STYLE',
] as const;
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._:-]{1,254}$/;

export function readStorageConfig(reader: SettingsReader, env: Environment, flags: ConfigFlags): StorageConfig {
  const driver = reader.parsed(
    reader.setting('VC_STORAGE_DRIVER'),
    'local',
    parseChoice(['local', 's3'], { fs: 'local' }),
  );
  const root = reader.setting('VC_LOCAL_ROOT', { name: '--storage-dir', text: flags.storageDir });
  if (driver === 's3') {
    if (root !== undefined) {
      reader.report(root.where, 'is set, but VC_STORAGE_DRIVER is s3', `drop ${root.where} or VC_STORAGE_DRIVER=s3`);
    }
    return readS3(reader, env);
  }
  // The bucket would stay empty and nobody would know why.
  const stray = S3_VARIABLES.find((name) => reader.text(name) !== undefined);
  if (stray !== undefined) {
    reader.report(
      stray,
      'is set, but VC_STORAGE_DRIVER is not s3',
      'say VC_STORAGE_DRIVER=s3, or drop the VC_S3_ variables',
    );
  }
  return { driver: 'local', root: root?.text ?? defaultRoot(env) };
}

function readS3(reader: SettingsReader, env: Environment): S3StorageConfig {
  const bucket = reader.setting('VC_S3_BUCKET');
  if (bucket === undefined) {
    reader.report('VC_S3_BUCKET', 'is missing', 'VC_STORAGE_DRIVER=s3 needs the name of a bucket that exists');
  }
  const given = reader.setting('VC_S3_ENDPOINT') ?? sdkEndpoint(env);
  const endpoint = reader.parsed(given, undefined, parseUrl);
  const region = reader.text('VC_S3_REGION') ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  if (region === undefined && given === undefined) {
    reader.report('VC_S3_REGION', 'is missing', 'such as eu-central-1; AWS_REGION is read too');
  }
  return {
    driver: 's3',
    bucket: reader.parsed(bucket, '', parsePattern(BUCKET, 'bucket name')),
    region: region ?? 'us-east-1',
    endpoint,
    publicEndpoint: reader.parsed(reader.setting('VC_S3_PUBLIC_ENDPOINT'), endpoint, parseUrl),
    forcePathStyle: reader.parsed(reader.setting('VC_S3_FORCE_PATH_STYLE'), given !== undefined, parseBoolean),
  };
}

/** The variables by which the AWS SDK is told of another store; compose files for the seed use them. */
function sdkEndpoint(env: Environment) {
  for (const where of ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'] as const) {
    const text = env[where];
    if (text !== undefined) return { where, text };
  }
  return undefined;
}

function defaultRoot(env: Environment): string {
  const data =
    env['XDG_DATA_HOME'] ?? (env['HOME'] === undefined ? env['LOCALAPPDATA'] : join(env['HOME'], '.local', 'share'));
  return data === undefined ? 'velocity-store' : join(data, 'velocity', 'store');
}
