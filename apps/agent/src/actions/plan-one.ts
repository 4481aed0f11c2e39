import { FileIndex, VelocityError } from '@velocity/core';
import type { AgentContext } from '../agent-context.js';
import { buildGraph } from '../plan/build-graph.js';
import { planTasks, type Plan } from '../plan/plan-tasks.js';
import type { PlannedTask } from '../plan/planned-task.js';
import { surveyTasks, type Survey } from '../run/survey.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { hideOwnFolder, ownPath } from '../workspace/own-folder.js';

export interface PlanOneOptions {
  /** `pkg#task` */
  readonly task: string;
  /** Looks at the results of everything that the key depends on; all of it is looked at where `isAll` says so. */
  readonly survey: Survey;
  readonly isAll?: boolean;
}

/** One task with its key, and the plan it is part of. Executes nothing. @throws VelocityError `USAGE` for something that is no task, or one whose key cannot be known yet */
export async function planOne(
  workspace: OpenWorkspace,
  context: AgentContext & { readonly passedArgs?: readonly string[] },
  { task: text, survey, isAll = false }: PlanOneOptions,
): Promise<{ readonly task: PlannedTask; readonly plan: Plan }> {
  if (!text.includes('#')) {
    throw new VelocityError('USAGE', `${JSON.stringify(text)} is no task of a package`, {
      hint: 'write it as package#task; `velocity ls` shows what there is',
    });
  }
  const graph = buildGraph(workspace, { tasks: [text], filters: [], directory: '' });
  const index = FileIndex.load({
    root: workspace.root,
    file: ownPath(workspace.root, 'index'),
    now: context.now,
  });
  const plan = await planTasks({ context, workspace, graph, args: context.passedArgs ?? [], index });
  hideOwnFolder(workspace.root);
  index.save();
  if (isAll || plan.late.size > 0) await surveyTasks(survey, plan, graph.topologicalOrder);
  const [id] = graph.entries;
  const task = id === undefined ? undefined : plan.tasks.get(id);
  if (task === undefined)
    throw new VelocityError('USAGE', `there is no task ${text}`, { hint: '`velocity ls` shows what there is' });
  const [unknown] = task.waitsFor;
  if (unknown === undefined) return { task, plan };
  throw new VelocityError('USAGE', `the key of ${text} depends on what ${unknown} puts out`, {
    hint: `run ${unknown} first`,
  });
}
