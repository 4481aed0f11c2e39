import type { CacheKey } from '@velocity/core';

/** Why a result was not stored, for one line. */
export type StoreVerdict =
  | { readonly status: 'stored' }
  /** `cache: false`, or saving is switched off. */
  | { readonly status: 'not-cached' }
  | { readonly status: 'not-stored'; readonly reason: string };

/** How a task ended. */
export type TaskOutcome =
  /** There is nothing to run: the task only orders others. */
  | { readonly status: 'passed-through' }
  /** The outputs in place are already those of the record. */
  | { readonly status: 'fresh'; readonly savedMs: number }
  | { readonly status: 'restored'; readonly tier: 'local' | 'remote'; readonly bytes: number; readonly savedMs: number }
  | { readonly status: 'ran'; readonly stored: StoreVerdict }
  | { readonly status: 'started' }
  | { readonly status: 'failed'; readonly exitCode: number; readonly reason: string }
  | { readonly status: 'skipped'; readonly because: string }
  | { readonly status: 'cancelled' };

export interface TaskResult {
  readonly task: string;
  readonly key: CacheKey | undefined;
  readonly outcome: TaskOutcome;
  /** Since the start of the run, in milliseconds. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly missReason?: string | undefined;
}

export interface RemoteTotals {
  readonly downBytes: number;
  readonly upBytes: number;
  readonly errors: number;
  readonly uploaded: number;
  readonly abandoned: number;
}

export interface RunSummary {
  readonly results: readonly TaskResult[];
  readonly durationMs: number;
  readonly savedMs: number;
  readonly remote: RemoteTotals | undefined;
  readonly criticalPath: { readonly tasks: readonly string[]; readonly durationMs: number };
  readonly exitCode: number;
}

export interface RunHeader {
  readonly version: string;
  readonly packageCount: number;
  readonly taskNames: readonly string[];
  readonly taskCount: number;
  readonly local: string;
  readonly remote: string | undefined;
}

/** Everything that happens in a run. Only reporters write to a terminal. */
export type RunEvent =
  | { readonly type: 'run-started'; readonly header: RunHeader; readonly labelWidth: number }
  | {
      readonly type: 'task-missed';
      readonly task: string;
      readonly key: CacheKey | undefined;
      readonly reason: string;
      readonly command: string;
    }
  | {
      readonly type: 'task-output';
      readonly task: string;
      readonly stream: OutputStream;
      readonly chunk: Uint8Array;
      readonly isReplay: boolean;
    }
  | { readonly type: 'task-finished'; readonly result: TaskResult }
  | { readonly type: 'warning'; readonly message: string; readonly hint?: string | undefined }
  | { readonly type: 'progress'; readonly text: string }
  | { readonly type: 'run-finished'; readonly summary: RunSummary };

/** Which of a task's two outputs. */
export type OutputStream = 'stdout' | 'stderr';

export interface Reporter {
  report(event: RunEvent): void;
}
