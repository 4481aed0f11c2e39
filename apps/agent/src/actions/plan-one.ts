import { FileIndex, VelocityError } from '@velocity/core';
import type { AgentContext } from '../agent-context.js';
import { buildGraph } from '../plan/build-graph.js';
import { planTasks } from '../plan/plan-tasks.js';
import type { PlannedTask } from '../plan/planned-task.js';
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
  const [id] = graph.entries;
  const task = id === undefined ? undefined : plan.tasks.get(id);
  if (task === undefined)
    throw new VelocityError('USAGE', `there is no task ${text}`, { hint: '`velocity ls` shows what there is' });
  return task;
}
