export { probeStorage } from './probe-storage.js';
export { S3Driver } from './s3-driver.js';

export type { ProbeStore } from './probe-context.js';
export type { ProbeOptions } from './probe-storage.js';
export type { Precondition, S3Features } from './s3-features.js';
export type { S3PresignOptions } from './s3-driver.js';
export type { S3Credentials, S3DriverOptions } from './s3-options.js';
export type { StoreTrust } from './store-trust.js';
