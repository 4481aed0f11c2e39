import type { TaskId } from '@velocity/graph';
import { REAL_DISK, type Disk } from '@velocity/workspace';

/** How the disk is looked at, by what for: so that somebody can note what each answer rests on. */
export interface DiskViews {
  /** For what decides which packages, tasks and settings there are, and for files that count by a part. */
  readonly plan: Disk;
  /** For which files are inputs of a package's tasks. */
  selectionOf(packageName: string): Disk;
  /** For what stands at the outputs of a task. */
  outputsOf(id: TaskId): Disk;
}

export const REAL_DISK_VIEWS: DiskViews = {
  plan: REAL_DISK,
  selectionOf: () => REAL_DISK,
  outputsOf: () => REAL_DISK,
};
