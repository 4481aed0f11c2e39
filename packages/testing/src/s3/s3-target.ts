/** Where an S3 bucket is and who may use it: all that a test needs to know of a store, fake or real. */
export interface S3Target {
  /** `http://127.0.0.1:<port>`, without a path; buckets are addressed in the path. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Exists. */
  readonly bucket: string;
}
