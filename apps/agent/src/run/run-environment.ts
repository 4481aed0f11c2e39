import type { Codec } from '@velocity/artifact';
import type { ArtifactHit, LocalStore, RemoteStore, UploadQueue } from '@velocity/client';
import type { CacheKey } from '@velocity/core';
import type { TaskId } from '@velocity/graph';
import type { AgentContext } from '../agent-context.js';
import type { Explainer } from '../explain/explainer.js';
import type { PlannedTask } from '../plan/planned-task.js';
import type { TaskState } from '../tasks/task-state.js';
import type { TaskStates } from '../tasks/task-states.js';
import type { RunEvent } from './events.js';
import type { InputGuard } from './input-guard.js';
import type { TrackedFiles } from './owned-outputs.js';
import type { WorkFolders } from './work-folders.js';

/** What may be read from and written to one store. */
export interface StoreMode {
  readonly read: boolean;
  readonly write: boolean;
}

/** Everything that executing a task needs, made once a run. */
export interface RunEnvironment {
  readonly context: AgentContext;
  readonly root: string;
  /** `.velocity/tmp` of this run: on the workspace's device. */
  readonly tempDir: string;
  readonly local: LocalStore;
  readonly localMode: StoreMode;
  /** Where results are packed and remote ones verified: the local store where it may be written. */
  readonly staging: LocalStore;
  readonly remote: RemoteStore | undefined;
  readonly remoteMode: StoreMode;
  readonly uploads: UploadQueue | undefined;
  /** Where the locks of keys are; undefined where results cannot be shared between runs. */
  readonly lockFolder: string | undefined;
  readonly states: TaskStates;
  readonly tracked: TrackedFiles;
  readonly codec: Codec;
  /** What the stores have, looked up before anything runs. */
  readonly hits: ReadonlyMap<CacheKey, ArtifactHit>;
  /** What is in place already, looked at before anything runs; the stores were not asked for it. */
  readonly inPlace: ReadonlyMap<TaskId, TaskState>;
  readonly explainer: Explainer;
  readonly workFolders: WorkFolders;
  /** Once something was run or restored, what was looked at before must be looked at again. */
  readonly tree: { isTouched: boolean };
  readonly emit: (event: RunEvent) => void;
  readonly guard: InputGuard;
  readonly taskEnv: (task: PlannedTask) => Readonly<Record<string, string>>;
  /** Execute even what the stores have. */
  readonly isForced: boolean;
  readonly graceMs: number;
  readonly compressionLevel: number;
  /** Since the start of the run. */
  readonly elapsedMs: () => number;
}
