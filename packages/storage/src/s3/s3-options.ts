import type { Precondition, S3Features } from './s3-features.js';

/** Static, or a function that is asked again when what it gave expires. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export interface S3DriverOptions {
  readonly bucket: string;
  /** Default: `us-east-1`, which stores other than Amazon's ignore. */
  readonly region?: string;
  /** Where this process reaches the store. Default: Amazon's endpoint of the region. */
  readonly endpoint?: string;
  /** Where clients reach it, when that differs: signed URLs are good only for the host they were signed for. */
  readonly publicEndpoint?: string;
  /** `https://host/bucket/key` instead of `https://bucket.host/key`. Default: only where the host is an IP address. */
  readonly pathStyle?: boolean;
  /** Default: the SDK's chain (environment, shared files, container, instance). */
  readonly credentials?: S3Credentials | (() => Promise<S3Credentials>);
  /** Default: by the endpoint's host; Google's interface has its own header. */
  readonly precondition?: Precondition;
  /** What `probeStorage` found out about the store. */
  readonly features?: Partial<S3Features>;
  /** Milliseconds since 1970; signatures carry it. */
  readonly now: () => number;
  /** In [0, 1); spreads retries. */
  readonly random: () => number;
  /** Waits between attempts. Default: a timer. */
  readonly delay?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** Attempts of one request, the first included. Default: 4. */
  readonly maxAttempts?: number;
  /** Default: 3 seconds. */
  readonly connectTimeoutMs?: number;
  /** Until the answer begins, and between two pieces of a body. Default: 30 seconds. */
  readonly requestTimeoutMs?: number;
}
