import { isVelocityError, type CacheKey, type Fingerprint } from '@velocity/core';
import type { AgentContext } from '../agent-context.js';
import type { ChangeDetail } from '../explain/change-detail.js';
import { explainTask } from '../explain/explain-task.js';
import { findEntry, looksLikeKey } from '../explain/find-entry.js';
import { findInRun } from '../explain/find-run.js';
import { Inspection } from '../explain/inspection.js';
import { missReason } from '../explain/miss-reason.js';
import { printChanges } from '../explain/print-changes.js';
import type { Comparison, Reference } from '../explain/reference.js';
import type { PlannedTask } from '../plan/planned-task.js';
import { createStyle } from '../reporters/style.js';
import { storeSettings, type StoreFlags } from '../stores/store-settings.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { planOne } from './plan-one.js';

export interface WhyRequest {
  readonly task: string;
  /** `last`, the beginning of a key, or a run with `--summarize`. */
  readonly vs: string | undefined;
  readonly isJson: boolean;
  readonly stores: StoreFlags;
}

/** Says in full why a task would run, or why not. Executes nothing. */
export async function why(
  workspace: OpenWorkspace,
  context: AgentContext & { readonly passedArgs?: readonly string[] },
  request: WhyRequest,
): Promise<number> {
  const { root, config } = workspace;
  const settings = storeSettings(config, request.stores, context);
  await using inspection = new Inspection({ root, context, settings });
  const { survey, states, codec } = inspection;
  const { task, plan } = await planOne(workspace, context, { task: request.task, survey, isAll: true });
  const comparison = await compare(task, inspection, { ...request, root, cwd: context.cwd });
  const fingerprintOf = async (key: CacheKey): Promise<Fingerprint | undefined> => {
    try {
      return (await findEntry(key, { stores: await inspection.readable(), codec })).fingerprint;
    } catch (error) {
      if (isVelocityError(error)) return undefined;
      throw error;
    }
  };
  const reference = comparison.kind === 'reference' ? comparison.reference : undefined;
  const changes = reference && (await explainTask(reference.fingerprint, task, { plan, states, fingerprintOf }));
  const status = statusOf(task, inspection);
  const answer = { task, status, reason: reasonOf(task, { status, comparison, inspection }), reference, changes };
  context.stdout.write(request.isJson ? toJson(answer) : toText(answer, context.hasColor));
  return 0;
}

type Status = 'fresh' | 'hit local' | 'hit remote' | 'MISS' | 'no command' | 'never cached';

interface Answer {
  readonly task: PlannedTask;
  readonly status: Status;
  /** Absent unless it is a miss. */
  readonly reason: string | undefined;
  readonly reference: Reference | undefined;
  readonly changes: readonly ChangeDetail[] | undefined;
}

async function compare(
  task: PlannedTask,
  inspection: Inspection,
  { vs = 'last', root, cwd }: { readonly vs: string | undefined; readonly root: string; readonly cwd: string },
): Promise<Comparison> {
  if (vs === 'last') return inspection.explainer.compare(task);
  const { codec } = inspection;
  const reference = looksLikeKey(vs)
    ? await findEntry(vs, { stores: await inspection.readable(), codec })
    : findInRun(vs, task.id, { root, cwd });
  return { kind: 'reference', reference };
}

function statusOf(task: PlannedTask, { survey }: Inspection): Status {
  if (task.command === undefined) return 'no command';
  if (!task.config.cache) return 'never cached';
  if (survey.inPlace.get(task.id)?.key === task.key) return 'fresh';
  const hit = survey.hits.get(task.key);
  return hit === undefined ? 'MISS' : `hit ${hit.tier}`;
}

function reasonOf(
  task: PlannedTask,
  {
    status,
    comparison,
    inspection,
  }: { readonly status: Status; readonly comparison: Comparison; readonly inspection: Inspection },
): string | undefined {
  if (status !== 'MISS') return undefined;
  return inspection.explainer.damageOf(task.key) ?? missReason(task, comparison);
}

function toJson({ task, status, reason, reference, changes }: Answer): string {
  const comparedWith = reference && { source: reference.source, key: reference.key, createdAt: reference.createdAt };
  return `${JSON.stringify({ version: 1, task: task.id, key: task.key, status, reason, comparedWith, changes }, undefined, 2)}\n`;
}

function toText({ task, status, reason, reference, changes }: Answer, hasColor: boolean): string {
  const style = createStyle(hasColor);
  const head = `${style.bold(task.label)}  ${status}  ${task.key.slice(0, 8)}${reason === undefined ? '' : `  ${reason}`}`;
  if (reference === undefined || changes === undefined) return `${head}\n`;
  const lines = [head, describeReference(reference), ...printChanges(changes, style)];
  if (changes.length === 0)
    lines.push(
      reference.key === task.key
        ? '  nothing changed'
        : '  a setting changed that shows nowhere else, such as the name of a variable that is not set',
    );
  return `${lines.join('\n')}\n`;
}

const SOURCES: Readonly<Record<Reference['source'], string>> = {
  checkout: "this checkout's last result",
  local: 'the local store',
  remote: 'the remote',
  run: 'the run',
};

function describeReference({ source, key, createdAt }: Reference): string {
  return `compared with ${key.slice(0, 8)} of ${SOURCES[source]}${createdAt === undefined ? '' : `, ${createdAt}`}`;
}
