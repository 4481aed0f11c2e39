import { errorMessage, isErrno, VelocityError } from '@velocity/core';

export interface S3Failure {
  /** Absent where no answer came. */
  readonly status: number | undefined;
  /** S3's error code (`NoSuchKey`), or the name of the error. */
  readonly code: string;
}

const TRANSIENT_STATUS = new Set([408, 409, 429, 500, 502, 503, 504]);
const TRANSIENT_CODES = new Set([
  'SlowDown',
  'RequestTimeout',
  'RequestTimeoutException',
  'OperationAborted',
  'IncompleteAnswer',
]);
const NETWORK_CODES = ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];
const FULL_CODES = /^(?:QuotaExceeded|InsufficientCapacity|InsufficientStorage|XMinioStorageFull|StorageFull)/;

/** Status and code of what the SDK threw. */
export function failureOf(error: unknown): S3Failure {
  const known = error as { $metadata?: { httpStatusCode?: number }; name?: unknown; Code?: unknown };
  const code = typeof known.Code === 'string' ? known.Code : known.name;
  return { status: known.$metadata?.httpStatusCode, code: typeof code === 'string' ? code : 'Unknown' };
}

/** Trying again may help: the store is busy, another writer is in the way, or the connection broke. */
export function isTransient(error: unknown): boolean {
  const { status, code } = failureOf(error);
  if (status !== undefined && status >= 400) return TRANSIENT_STATUS.has(status) || TRANSIENT_CODES.has(code);
  return code === 'TimeoutError' || TRANSIENT_CODES.has(code) || isErrno(error, ...NETWORK_CODES);
}

/** The store's failure in this library's words. */
export function s3Error(error: unknown, what: string, bucket: string): VelocityError {
  const { status, code } = failureOf(error);
  const reason = status === undefined ? errorMessage(error) : `${status} ${code}`;
  if (status === 507 || FULL_CODES.test(code)) {
    return new VelocityError('STORAGE_FULL', `${what}: the store is full (${reason})`, { cause: error });
  }
  return new VelocityError('STORAGE_UNAVAILABLE', `${what}: ${reason}`, {
    hint: hintFor(status, code, bucket),
    cause: error,
  });
}

function hintFor(status: number | undefined, code: string, bucket: string): string | undefined {
  if (code === 'NoSuchBucket') return `create the bucket ${bucket}, or name another one`;
  if (code === 'InvalidAccessKeyId' || code === 'SignatureDoesNotMatch')
    return 'check the access key, its secret and the region';
  if (code === 'CredentialsProviderError')
    return 'give the driver credentials, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
  if (code === 'RequestTimeTooSkewed') return "this machine's clock is wrong";
  if (status === 501) return "the store has no conditional writes: open the driver with precondition 'none'";
  if (status !== 403) return undefined;
  return `the credentials need s3:GetObject, s3:PutObject, s3:DeleteObject, and s3:ListBucket on ${bucket}: without the last one a missing object answers 403`;
}
