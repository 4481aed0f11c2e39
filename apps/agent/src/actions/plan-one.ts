import { FileIndex, VelocityError } from '@velocity/core';
import type { AgentContext } from '../agent-context.js';
import { buildGraph } from '../plan/build-graph.js';
import { planTasks } from '../plan/plan-tasks.js';
import type { PlannedTask } from '../plan/planned-task.js';
import { Survey, surveyTasks } from '../run/survey.js';
import { TaskStates } from '../tasks/task-state.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { hideOwnFolder, ownPath } from '../workspace/own-folder.js';

/** One task with its key. Executes nothing. @throws VelocityError `USAGE` for something that is no `pkg#task` */
export async function planOne(
  workspace: OpenWorkspace,
  context: AgentContext & { readonly passedArgs?: readonly string[] },
  text: string,
): Promise<PlannedTask> {
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
  const { root } = workspace;
  // Only what is in place tells what a dependency puts out: no store is opened here.
  const states = new TaskStates(ownPath(root, 'tasks'));
  const survey = new Survey({ root, states, now: context.now, lookUp: () => Promise.resolve(new Map()) });
  if (plan.late.size > 0) await surveyTasks(survey, plan, graph.topologicalOrder);
  const [id] = graph.entries;
  const task = id === undefined ? undefined : plan.tasks.get(id);
  if (task === undefined)
    throw new VelocityError('USAGE', `there is no task ${text}`, { hint: '`velocity ls` shows what there is' });
  const [unknown] = task.waitsFor;
  if (unknown === undefined) return task;
  throw new VelocityError('USAGE', `the key of ${text} depends on what ${unknown} puts out`, {
    hint: `run ${unknown} first`,
  });
}
