import type { CacheKey } from '@velocity/core';
import type { ReporterFlags } from '../reporters/create-reporter.js';
import type { RunHeader } from '../run/events.js';
import type { Trace } from './trace.js';

/** A task whose result was in place. */
export interface SnapshotTask {
  readonly label: string;
  /** Undefined for a task without a command. */
  readonly key: CacheKey | undefined;
  /** How long it took when it ran. */
  readonly durationMs: number;
  /** Framed, in base64. */
  readonly log: string;
}

/**
 * A run that found everything in place, and all that this rests on. The same command, given in the same place and environment, will find
 * the same for as long as every trace still holds.
 */
export interface Snapshot {
  readonly header: RunHeader;
  readonly labelWidth: number;
  readonly reporter: ReporterFlags;
  readonly hasRemote: boolean;
  /** In the order in which they were told. */
  readonly tasks: readonly SnapshotTask[];
  /** Labels along the longest path of the graph. */
  readonly criticalPath: readonly string[];
  /** Names of the tools that were asked for their versions, and what they said. */
  readonly tools: Readonly<Record<string, string>>;
  /** When the run that was planned began, in milliseconds since 1970. */
  readonly plannedAtMs: number;
  /** When the traces were looked at, likewise: times close to it prove nothing. */
  readonly takenAtMs: number;
  /** By path: relative to the root, or absolute. */
  readonly traces: ReadonlyMap<string, Trace>;
}
