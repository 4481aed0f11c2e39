import { createHash, createHmac } from 'node:crypto';
import { encodeCanonical, type CanonicalValue } from './canonical-encoding.js';
import type { CacheKey, Digest } from './digest.js';

/** Version of the fingerprint's shape; a new one makes every key new. */
export const FINGERPRINT_FORMAT = 1;

const DOMAIN = 'velocity/fingerprint/v1\0';

/** How a task is started: by the platform's shell, as a program with arguments, or not at all. */
export type FingerprintCommand =
  | { readonly kind: 'shell'; readonly text: string }
  | { readonly kind: 'argv'; readonly argv: readonly string[] }
  | { readonly kind: 'none' };

/**
 * One input file. `digest` is that of the content, or for a link that of its target's text; for a JSON document of which only a part
 * counts, that of the part.
 * `missing` stands for a file that is named literally and does not exist.
 */
export interface FingerprintInput {
  readonly path: string;
  readonly type: 'file' | 'executable' | 'symlink' | 'missing';
  readonly digest: Digest;
}

/** Environment variables by name: a keyed hash of the value (see {@link hashEnvValue}), or null where the variable is not set. */
export type FingerprintEnv = Readonly<Record<string, string | null>>;

/**
 * Everything that decides what a task produces, readable and free of anything that belongs to one
 * machine: no absolute path, no time stamp, no locale. Its digest is the task's {@link CacheKey}.
 */
export interface Fingerprint {
  readonly format: typeof FINGERPRINT_FORMAT;
  /** The project that the key belongs to; two projects never share a key. Empty when none is named. */
  readonly project: string;
  readonly package: string;
  /** The package's folder, relative to the workspace; empty for the workspace itself. */
  readonly directory: string;
  readonly task: string;
  readonly command: FingerprintCommand;
  /** Arguments after `--`, in order; only for tasks named on the command line. */
  readonly args: readonly string[];
  /** `linux-x64`; `any` when results may be shared between platforms. */
  readonly platform: string;
  /** Versions by tool: `node: v20.20.2`. */
  readonly toolchains: Readonly<Record<string, string>>;
  /** What every task of the workspace depends on. */
  readonly global: {
    readonly inputs: readonly FingerprintInput[];
    readonly env: FingerprintEnv;
    readonly dotenv: FingerprintEnv;
  };
  /** Sorted by path, by code unit. Paths are relative to the package; those outside of it start with `$ROOT/`. */
  readonly inputs: readonly FingerprintInput[];
  readonly env: FingerprintEnv;
  /** The variables that its dotenv files set; what else is in these files does not count. */
  readonly dotenv: FingerprintEnv;
  /** Versions of the external packages that this one may load, by `name@version` or lockfile name; the digest of the whole lockfile under `*` where closures are not known. */
  readonly lockfile: Readonly<Record<string, string>>;
  /** Keys of the tasks this one depends on, by task id. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** Output globs, in order. */
  readonly outputs: readonly string[];
}

/** The key of a fingerprint: SHA-256 over the domain `velocity/fingerprint/v1\0` and its canonical encoding. */
export function cacheKeyOf(fingerprint: Fingerprint): CacheKey {
  const document = fingerprint as unknown as CanonicalValue;
  return createHash('sha256').update(DOMAIN).update(encodeCanonical(document)).digest('hex') as CacheKey;
}

/**
 * A stand-in for an environment value that can be compared but not read: HMAC-SHA256 (RFC 2104) keyed by
 * project and variable name. It keeps values out of what is stored; a short or guessable value can
 * still be found by trying, so secrets do not belong in `env`.
 */
export function hashEnvValue(project: string, name: string, value: string): string {
  const key = encodeCanonical(['velocity/env/v1', project, name]);
  return createHmac('sha256', key).update(value).digest('hex');
}
