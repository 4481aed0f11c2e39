import type { CacheKey, Fingerprint, RelativePath } from '@velocity/core';
import type { TaskId } from '@velocity/graph';
import type { Directory } from '@velocity/workspace';
import type { TaskCommand, TaskConfig } from '../config/types.js';

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
}

export interface PlannedInput {
  readonly path: RelativePath;
  readonly type: string;
  readonly digest: string;
  /** Tells whether the file was written meanwhile, even when it holds the same. */
  readonly version: string;
}
