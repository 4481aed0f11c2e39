import { send, type VerifiedExchange } from './exchange.js';
import { s3Error } from './s3-error.js';
import { bucketOf } from './store-state.js';

export function createBucket(exchange: VerifiedExchange): void {
  const { state, bucket } = exchange;
  // The rules that all stores share: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw s3Error('InvalidBucketName', 'The specified bucket is not valid.');
  }
  if (state.buckets.has(bucket)) {
    throw s3Error(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
    );
  }
  state.buckets.set(bucket, new Map());
  send(exchange, 200, { location: `/${bucket}` });
}

export function headBucket(exchange: VerifiedExchange): void {
  const { state, bucket } = exchange;
  bucketOf(state, bucket);
  if (state.misbehaviours.strikes('denyListBucket')) throw s3Error('AccessDenied', 'Access Denied');
  send(exchange, 200, { 'x-amz-bucket-region': state.region });
}
