import type { LogLevel } from '../logger.js';
import type { TokenGrant } from '../principals.js';

export interface LocalStorageConfig {
  readonly driver: 'local';
  readonly root: string;
}

export interface S3StorageConfig {
  readonly driver: 's3';
  readonly bucket: string;
  readonly region: string;
  readonly endpoint: string | undefined;
  readonly publicEndpoint: string | undefined;
  readonly forcePathStyle: boolean;
}

export type StorageConfig = LocalStorageConfig | S3StorageConfig;

export interface RetentionConfig {
  readonly maxAgeMs: number | undefined;
  readonly maxStoreSize: number | undefined;
  /** 0 means that only `velocity-server sweep` sweeps. */
  readonly sweepIntervalMs: number;
}

/** Everything that can be configured, checked. */
export interface GatewayConfig {
  readonly bind: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Without a trailing slash; undefined means `http://localhost:<actual port>`. */
  readonly baseUrl: string | undefined;
  readonly namespace: string;
  readonly storage: StorageConfig;
  /** Of the variables; those of the tokens file come on top. */
  readonly grants: readonly TokenGrant[];
  readonly tokensFile: string | undefined;
  /** What the keys of tickets and local URLs are derived from; undefined means random for this process. */
  readonly keySource: { readonly from: 'VC_TICKET_KEY' | 'VC_AUTH_TOKEN'; readonly bytes: Uint8Array } | undefined;
  readonly maxArtifactSize: number;
  readonly maxConnections: number;
  readonly retention: RetentionConfig;
  readonly logLevel: LogLevel;
  /** Where audit lines are appended, besides the log. */
  readonly auditFile: string | undefined;
  /** Values that no log may show. */
  readonly secrets: readonly string[];
}

/** Polykit's flags; each one wins over its variable. */
export interface ConfigFlags {
  readonly storageDir?: string | undefined;
  readonly bind?: string | undefined;
  readonly port?: string | undefined;
  readonly maxSize?: string | undefined;
  readonly logLevel?: string | undefined;
}

export interface ConfigProblem {
  /** The variable or flag. */
  readonly where: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };
