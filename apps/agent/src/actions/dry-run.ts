import { mapBounded } from '@velocity/core';
import type { TaskGraph, TaskId } from '@velocity/graph';
import type { AgentContext } from '../agent-context.js';
import type { Explainer } from '../explain/explainer.js';
import { Inspection } from '../explain/inspection.js';
import type { TaskPayload } from '../plan/build-graph.js';
import type { DiskViews } from '../plan/disk-views.js';
import type { Plan } from '../plan/plan-tasks.js';
import type { PlannedTask } from '../plan/planned-task.js';
import { commandText } from '../run/process-command.js';
import { surveyTasks } from '../run/survey.js';
import type { StoreSettings } from '../stores/store-settings.js';
import type { TaskState } from '../tasks/task-state.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { choice } from './choice.js';

const PARALLEL_REASONS = 8;

interface DryRunOptions {
  readonly workspace: OpenWorkspace;
  readonly context: AgentContext;
  readonly graph: TaskGraph<TaskPayload>;
  readonly plan: Plan;
  readonly settings: StoreSettings;
  readonly views: DiskViews;
  readonly request: {
    readonly dry: string | boolean | undefined;
    readonly isOnly: boolean;
    readonly isForced: boolean;
  };
}

export interface DryRun {
  readonly text: string;
  /** Tasks whose results are in place. */
  readonly inPlace: ReadonlyMap<TaskId, TaskState>;
}

/** Says what a run would do, for people or with turbo's field names. Looks into the stores; executes and restores nothing. */
export async function describeDryRun(options: DryRunOptions): Promise<DryRun> {
  const { workspace, context, graph, plan, settings, request } = options;
  const format = choice('--dry', request.dry === true ? 'text' : String(request.dry), ['text', 'json'], 'text');
  const ids = request.isOnly ? graph.entries : graph.topologicalOrder;
  await using inspection = new Inspection({ root: workspace.root, context, settings, views: options.views });
  const { survey, explainer } = inspection;
  if (!request.isForced) await surveyTasks(survey, plan, ids);
  const tasks = ids.flatMap((id) => plan.tasks.get(id) ?? []).filter((task) => task.command !== undefined);
  explainer.prepare(tasks.filter((task) => survey.isMissing(task)));
  const rows = await mapBounded(tasks, PARALLEL_REASONS, async (task): Promise<Row> => {
    const state = survey.inPlace.get(task.id);
    const hit = survey.hits.get(task.key);
    if (state !== undefined) return { task, found: { where: 'fresh', savedMs: state.durationMs } };
    if (hit !== undefined) return { task, found: { where: hit.tier, savedMs: hit.description.durationMs } };
    return { task, reason: request.isForced ? 'forced' : await reasonOf(task, explainer) };
  });
  const width = tasks.reduce((longest, { label }) => Math.max(longest, label.length), 0);
  const text =
    format === 'json'
      ? `${JSON.stringify({ version: '1', tasks: rows.map((row) => toJson(row, graph)) }, undefined, 2)}\n`
      : rows.map((row) => `${toText(row, width)}\n`).join('');
  return { text, inPlace: survey.inPlace };
}

interface Row {
  readonly task: PlannedTask;
  /** Absent: the task would run. */
  readonly found?: { readonly where: 'fresh' | 'local' | 'remote'; readonly savedMs: number };
  readonly reason?: string;
}

async function reasonOf(task: PlannedTask, explainer: Explainer): Promise<string> {
  if (!task.config.cache) return 'cache: false';
  if (task.obstacle !== undefined) return task.obstacle;
  if (task.waitsFor.length > 0) return `depends on what ${task.waitsFor[0]} puts out`;
  return explainer.reasonOf(task);
}

function toText({ task, found, reason = '' }: Row, width: number): string {
  const status = found === undefined ? 'MISS' : found.where === 'fresh' ? 'fresh' : `hit ${found.where}`;
  const detail = found === undefined ? `${reason}; would run: ${commandText(task)}` : '';
  return `${task.label.padEnd(width)}  ${status.padEnd(10)}  ${task.key.slice(0, 8)}  ${detail}`.trimEnd();
}

function toJson({ task, found, reason }: Row, graph: TaskGraph<TaskPayload>): object {
  const { fingerprint, config } = task;
  return {
    taskId: task.id,
    task: task.name,
    package: task.package,
    hash: task.key,
    inputs: Object.fromEntries(fingerprint.inputs.map(({ path, digest }) => [path, digest])),
    cache: {
      local: found !== undefined && found.where !== 'remote',
      remote: found?.where === 'remote',
      status: found === undefined ? 'MISS' : 'HIT',
      ...(found !== undefined && { source: found.where === 'remote' ? 'REMOTE' : 'LOCAL', timeSaved: found.savedMs }),
    },
    command: commandText(task),
    cliArguments: task.args,
    outputs: config.outputs,
    directory: task.directory,
    dependencies: graph.dependenciesOf(task.id),
    dependents: graph.dependentsOf(task.id),
    environmentVariables: { configured: Object.keys(fingerprint.env), global: Object.keys(fingerprint.global.env) },
    resolvedTaskDefinition: {
      outputs: config.outputs,
      cache: config.cache,
      dependsOn: config.dependsOn.map(({ text }) => text),
      inputs: config.inputs ?? ['$DEFAULT'],
      env: config.env,
      persistent: config.persistent,
    },
    platform: fingerprint.platform,
    toolchains: fingerprint.toolchains,
    ...(reason !== undefined && { reason }),
  };
}
