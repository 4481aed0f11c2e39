import type { CacheKey, Digest, Fingerprint, FingerprintInput, RelativePath } from '@velocity/core';
import type { TaskId } from '@velocity/graph';
import type { Directory } from '@velocity/workspace';
import type { TaskCommand, TaskConfig } from '../config/types.js';
import type { LoadedDotenv } from './dotenv.js';

/** A task of a run with everything that decides its result. */
export interface PlannedTask {
  readonly id: TaskId;
  /** `web:build`, for people. */
  readonly label: string;
  readonly package: string;
  readonly name: string;
  /** The package's folder relative to the workspace; empty for the root. */
  readonly directory: Directory;
  /** Undefined: nothing runs, the task only orders others and hands their keys on. */
  readonly command: TaskCommand | undefined;
  /** What follows `--`; only for tasks named on the command line. */
  readonly args: readonly string[];
  readonly config: TaskConfig;
  readonly fingerprint: Fingerprint;
  /** Stands for nothing while {@link waitsFor} names a task. */
  readonly key: CacheKey;
  /** Tasks that must have run before the key is known, because what they put out is part of it. */
  readonly waitsFor: readonly TaskId[];
  /** The input files, relative to the workspace, with what they held when the key was made. */
  readonly inputs: readonly PlannedInput[];
  /** Its own dotenv files before those of every task, and what they set when the key was made. */
  readonly dotenv: LoadedDotenv;
  /** Why no key can describe what the task reads: it is executed and neither looked up nor stored. */
  readonly obstacle: string | undefined;
}

export interface PlannedInput {
  readonly path: RelativePath;
  readonly type: FingerprintInput['type'];
  /** What stands for it in the key. */
  readonly digest: Digest;
  /** Of its bytes: another one than `digest` where only a part of the file counts. */
  readonly content: Digest;
  readonly size: number;
  /** Tells whether the file was written meanwhile, even when it holds the same. */
  readonly version: string;
}
