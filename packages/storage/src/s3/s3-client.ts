import { S3Client } from '@aws-sdk/client-s3';
import type { S3DriverOptions } from './s3-options.js';

export const DEFAULT_REGION = 'us-east-1';
const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * The SDK's client, with its extras off: no own retries (ours also know what 409 means here), no CRC32 that other stores choke on, no
 * redirects to other regions.
 */
export function createS3Client(options: S3DriverOptions): S3Client {
  const timeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  return new S3Client({
    region: options.region ?? DEFAULT_REGION,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      requestTimeout: timeout,
      throwOnRequestTimeout: true,
      socketTimeout: timeout,
    },
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...(options.pathStyle === undefined ? {} : { forcePathStyle: options.pathStyle }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
  });
}

/** The URL of the bucket itself, which keys are appended to, as the SDK's own rules (regions, partitions, path style) make it. */
export function bucketUrl(client: S3Client, options: S3DriverOptions, endpoint: string | undefined): URL {
  const { url } = client.config.endpointProvider({
    Bucket: options.bucket,
    Region: options.region ?? DEFAULT_REGION,
    ForcePathStyle: options.pathStyle ?? false,
    ...(endpoint === undefined ? {} : { Endpoint: endpoint }),
  });
  return url;
}
