import type { TaskVerdict } from './verdict.js';

export interface VerifyResult {
  readonly verdicts: readonly TaskVerdict[];
  /** Labels of tasks that have no end. */
  readonly leftOut: readonly string[];
  readonly copied: { readonly files: number; readonly bytes: number };
  readonly durationMs: number;
  readonly exitCode: number;
}

/** What `--json` prints; names of fields as a run's summary has them. */
export function verdictDocument({ verdicts, leftOut, copied, durationMs, exitCode }: VerifyResult): object {
  return {
    version: '1',
    verify: 'full',
    exitCode,
    durationMs: Math.round(durationMs),
    copied,
    leftOut,
    tasks: verdicts.map(({ task, ends, ...verdict }) => ({
      taskId: task.id,
      task: task.name,
      package: task.package,
      directory: task.directory,
      status: verdict.status,
      isCached: task.config.cache,
      executions: ends,
      files: verdict.fileCount,
      differing: verdict.differingCount,
      differences: verdict.differences,
      mayFollowFrom: verdict.mayFollowFrom,
      ...(verdict.log !== undefined && { log: verdict.log }),
      writtenInputs: namesOf(verdict, true),
      undeclaredOutputs: namesOf(verdict, false),
    })),
  };
}

function namesOf({ strays }: Pick<TaskVerdict, 'strays'>, isInput: boolean): object[] {
  return strays.filter((stray) => stray.isInput === isInput).map(({ path, others }) => ({ path, others }));
}
