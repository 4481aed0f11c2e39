import type { AgentContext } from '../agent-context.js';
import type { PlannedTask } from '../plan/planned-task.js';
import { Survey } from '../run/survey.js';
import { TaskStates } from '../tasks/task-states.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { ownPath } from '../workspace/own-folder.js';
import { planOne } from './plan-one.js';

/** A task with its key. No store is opened: what a dependency puts out is known only where it is in place. @throws VelocityError `USAGE` */
export async function hashTask(
  workspace: OpenWorkspace,
  context: AgentContext & { readonly passedArgs?: readonly string[] },
  task: string,
): Promise<PlannedTask> {
  const states = new TaskStates(ownPath(workspace.root, 'states'));
  const lookUp = () => Promise.resolve(new Map());
  const survey = new Survey({ root: workspace.root, states, now: context.now, lookUp });
  return (await planOne(workspace, context, { task, survey })).task;
}
