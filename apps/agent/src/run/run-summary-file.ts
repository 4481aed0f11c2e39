import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentContext } from '../agent-context.js';
import type { Plan } from '../plan/plan-tasks.js';
import type { RunSummary, TaskOutcome } from './events.js';
import { ownPath } from '../workspace/own-folder.js';

/** Writes a run as JSON with turbo's field names. @returns the file */
export function writeRunSummary(
  root: string,
  summary: RunSummary,
  { plan, context }: { readonly plan: Plan; readonly context: AgentContext },
): string {
  const endedAt = context.now();
  const startedAt = endedAt - summary.durationMs;
  const byLabel = new Map([...plan.tasks.values()].map((task) => [task.label, task]));
  const document = {
    version: '1',
    id: `${new Date(startedAt).toISOString().replace(/[:.]/g, '-')}-${context.processId}`,
    velocityVersion: context.version,
    execution: {
      startTime: Math.round(startedAt),
      endTime: Math.round(endedAt),
      exitCode: summary.exitCode,
      attempted: summary.results.length,
      cached: summary.results.filter(({ outcome }) => outcome.status === 'fresh' || outcome.status === 'restored')
        .length,
      failed: summary.results.filter(({ outcome }) => outcome.status === 'failed').length,
      savedMs: Math.round(summary.savedMs),
      criticalPath: summary.criticalPath,
    },
    remote: summary.remote,
    tasks: summary.results.map((result) => {
      const task = byLabel.get(result.task);
      return {
        taskId: task?.id,
        task: task?.name,
        package: task?.package,
        directory: task?.directory,
        hash: result.key,
        fingerprint: task?.fingerprint,
        outcome: result.outcome,
        cache: cacheOf(result.outcome),
        ...(result.missReason !== undefined && { reason: result.missReason }),
        execution: {
          startTime: Math.round(startedAt + result.startedMs),
          endTime: Math.round(startedAt + result.endedMs),
        },
      };
    }),
  };
  const folder = ownPath(root, 'runs');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${document.id}.json`);
  writeFileSync(file, `${JSON.stringify(document, undefined, 2)}\n`);
  return file;
}

function cacheOf(outcome: TaskOutcome): { readonly status: 'HIT' | 'MISS'; readonly source?: string } {
  if (outcome.status === 'fresh') return { status: 'HIT', source: 'LOCAL' };
  return outcome.status === 'restored' ? { status: 'HIT', source: outcome.tier.toUpperCase() } : { status: 'MISS' };
}
