import type { CacheKey } from '@velocity/core';
import type { RunRequest } from '../actions/run-request.js';
import type { RunHeader } from '../run/events.js';
import type { TraceTable } from './trace-table.js';

/** A task whose result is in place. */
export interface SnapshotTask {
  readonly label: string;
  readonly key: CacheKey;
  /** How long it took when it ran. */
  readonly durationMs: number;
  /** Framed, in base64. */
  readonly log: string;
}

/** What is read of a snapshot at every start. */
export interface SnapshotOpening {
  readonly isDry: boolean;
  readonly header: RunHeader;
  readonly labelWidth: number;
  readonly request: RunRequest;
  readonly hasRemote: boolean;
  /** In the order in which they are told; those without a command are not among them. */
  readonly tasks: readonly SnapshotTask[];
  /** Names of the tools that were asked for their versions, and what they said. */
  readonly tools: Readonly<Record<string, string>>;
  /** Names that matter where a folder was looked through for some. */
  readonly names: readonly string[];
  /** When the run that was planned in full began, in milliseconds since 1970. */
  readonly plannedAtMs: number;
  /** When the traces were looked at, likewise: times close to it prove nothing. */
  readonly takenAtMs: number;
  /**
   * How many traces each segment has. The first one's are those of the plan as a whole; then come those of each package's inputs, in the
   * order of the workspace's packages, then those of each task's outputs, in the order of {@link PlanMemory.tasks}.
   */
  readonly segments: readonly number[];
  readonly packageCount: number;
}

/**
 * A run that left everything in place, and all that this rests on. The same command, given in the same place and environment, will find
 * the same for as long as every trace still holds; and where only some do not, only what rests on these must be planned again.
 */
export interface Snapshot {
  readonly opening: SnapshotOpening;
  readonly table: TraceTable;
  /** {@link PlanMemory}, encoded; empty for a run that can be told again as a whole only; for a dry run what it printed. */
  readonly memory: SnapshotMemory;
}

/** Of 1,000 packages with a large lockfile it has 50 MB, and a run that finds everything in place has no use for it. */
export interface SnapshotMemory {
  readonly byteLength: number;
  /** Undefined when it is gone, or damaged. */
  read(): Buffer | undefined;
}

export function memoryOf(bytes: Buffer): SnapshotMemory {
  return { byteLength: bytes.byteLength, read: () => bytes };
}
