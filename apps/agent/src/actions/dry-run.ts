import { join } from 'node:path';
import type { ArtifactHit } from '@velocity/client';
import { errorMessage, type CacheKey } from '@velocity/core';
import type { TaskGraph } from '@velocity/graph';
import type { AgentContext } from '../agent-context.js';
import type { TaskPayload } from '../plan/build-graph.js';
import type { Plan } from '../plan/plan-tasks.js';
import type { PlannedTask } from '../plan/planned-task.js';
import { commandText } from '../run/process-command.js';
import { missReason } from '../run/miss-reason.js';
import { lookUp } from '../stores/look-up.js';
import { openStores } from '../stores/open-stores.js';
import type { StoreSettings } from '../stores/store-settings.js';
import { TaskStates } from '../tasks/task-state.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { choice } from './choice.js';

interface DryRunOptions {
  readonly workspace: OpenWorkspace;
  readonly context: AgentContext;
  readonly graph: TaskGraph<TaskPayload>;
  readonly plan: Plan;
  readonly settings: StoreSettings;
  readonly request: {
    readonly dry: string | boolean | undefined;
    readonly isOnly: boolean;
    readonly isForced: boolean;
  };
}

/** Says what a run would do, for people or with turbo's field names. Looks into the stores; executes and restores nothing. */
export async function printDryRun(options: DryRunOptions): Promise<number> {
  const { workspace, context, graph, plan, request } = options;
  const format = choice('--dry', request.dry === true ? 'text' : String(request.dry), ['text', 'json'], 'text');
  const ids = request.isOnly ? graph.entries : graph.topologicalOrder;
  const tasks = ids.flatMap((id) => plan.tasks.get(id) ?? []).filter((task) => task.command !== undefined);
  const hits = request.isForced ? new Map<CacheKey, ArtifactHit>() : await look(tasks, options);
  const states = new TaskStates(join(workspace.root, '.velocity', 'tasks'));
  const rows = tasks.map((task) => ({ task, hit: hits.get(task.key), reason: reasonOf(task, states) }));
  if (format === 'json')
    context.stdout.write(
      `${JSON.stringify({ version: '1', tasks: rows.map((row) => toJson(row, graph)) }, undefined, 2)}\n`,
    );
  else for (const row of rows) context.stdout.write(`${toText(row, tasks)}\n`);
  return 0;
}

interface Row {
  readonly task: PlannedTask;
  readonly hit: ArtifactHit | undefined;
  readonly reason: string;
}

async function look(
  tasks: readonly PlannedTask[],
  { workspace, settings, context }: DryRunOptions,
): Promise<ReadonlyMap<CacheKey, ArtifactHit>> {
  const warn = (message: string): void => void context.stderr.write(`warning ${message}\n`);
  await using stores = await openStores(settings, context, {
    onRemoteOff: (failure) => warn(`the remote is not asked: ${errorMessage(failure)}`),
    fallback: {
      folder: join(workspace.root, '.velocity', 'tmp', `${context.processId}-dry`),
      onLocalOff: (failure) => warn(`the local store is not asked: ${errorMessage(failure)}`),
    },
  });
  return lookUp(tasks, { stores, settings }, { onProblem: warn });
}

function reasonOf(task: PlannedTask, states: TaskStates): string {
  if (!task.config.cache) return 'cache: false';
  return missReason(states.load(task.id), task);
}

function toText({ task, hit, reason }: Row, tasks: readonly PlannedTask[]): string {
  const width = tasks.reduce((longest, { label }) => Math.max(longest, label.length), 0);
  const status = hit === undefined ? 'MISS' : `hit ${hit.tier}`;
  const detail = hit === undefined ? `${reason}; would run: ${commandText(task)}` : '';
  return `${task.label.padEnd(width)}  ${status.padEnd(10)}  ${task.key.slice(0, 8)}  ${detail}`.trimEnd();
}

function toJson({ task, hit, reason }: Row, graph: TaskGraph<TaskPayload>): object {
  const { fingerprint, config } = task;
  return {
    taskId: task.id,
    task: task.name,
    package: task.package,
    hash: task.key,
    inputs: Object.fromEntries(fingerprint.inputs.map(({ path, digest }) => [path, digest])),
    cache: {
      local: hit?.tier === 'local',
      remote: hit?.tier === 'remote',
      status: hit === undefined ? 'MISS' : 'HIT',
      ...(hit !== undefined && { source: hit.tier.toUpperCase(), timeSaved: hit.description.durationMs }),
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
    ...(hit === undefined && { reason }),
  };
}
