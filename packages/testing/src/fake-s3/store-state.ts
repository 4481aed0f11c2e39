import type { Clock } from '../clock.js';
import type { BodyStore, StoredBody } from './body-store.js';
import type { InjectedFailures } from './injected-failures.js';
import type { MisbehaviourSwitch } from './misbehaviours.js';
import { s3Error } from './s3-error.js';
import type { Traffic } from './traffic.js';

export interface StoredObject {
  readonly body: StoredBody;
  /** With its quotes. */
  readonly etag: string;
  readonly modifiedAtMs: number;
  /** Headers to hand out with the object: content type, user metadata. */
  readonly headers: Readonly<Record<string, string>>;
  /** `x-amz-checksum-*` as it was stored. */
  readonly checksums: Readonly<Record<string, string>>;
  /** Of the request that wrote it. */
  readonly signature: string;
}

export interface StoreState {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly clock: Clock;
  readonly bodies: BodyStore;
  readonly buckets: Map<string, Map<string, StoredObject>>;
  readonly misbehaviours: MisbehaviourSwitch;
  readonly failures: InjectedFailures;
  readonly traffic: Traffic;
}

export function bucketOf(state: StoreState, name: string): Map<string, StoredObject> {
  const objects = state.buckets.get(name);
  if (objects === undefined) throw s3Error('NoSuchBucket', 'The specified bucket does not exist');
  return objects;
}

/** In one step: whoever reads sees the old object or the new one. */
export function replaceObject(objects: Map<string, StoredObject>, key: string, next: StoredObject): void {
  const before = objects.get(key);
  objects.set(key, next);
  before?.body.discard();
}

export function removeObject(objects: Map<string, StoredObject>, key: string): void {
  objects.get(key)?.body.discard();
  objects.delete(key);
}
