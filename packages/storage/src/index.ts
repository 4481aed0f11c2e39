export { blobObjectKey, objectKindOf, recordObjectKey } from './object-keys.js';

export type {
  CreateOptions,
  DriverSupports,
  ListOptions,
  ObjectBody,
  ObjectStat,
  OperationOptions,
  SignedRequest,
  SignRequest,
  StorageDriver,
} from './driver.js';
export type { RecordPlace, Tier } from './object-keys.js';
