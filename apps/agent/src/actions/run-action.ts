import { relative, sep } from 'node:path';
import { VelocityError } from '@velocity/core';
import type { TaskGraph } from '@velocity/graph';
import type { AgentContext } from '../agent-context.js';
import type { TaskPayload } from '../plan/build-graph.js';
import type { PlannedRun } from '../snapshot/planned-run.js';
import { parseVerify } from '../verify/parse-verify.js';
import { carryOut } from './carry-out.js';
import { describeDryRun } from './dry-run.js';
import { openIndex, prepareRun } from './prepare-run.js';
import { renderGraph } from './render-graph.js';
import type { RunRequest } from './run-request.js';

/** `velocity run`: plans, then prints the plan or carries it out. Resolves to the exit code. */
export async function runRun(source: PlannedRun, context: AgentContext, request: RunRequest): Promise<number> {
  const { workspace } = source;
  const verify = parseVerify(request);
  const prepared = prepareRun(source, context, request);
  const { modes, settings } = prepared;
  const directory = relative(workspace.root, request.directory).split(sep).join('/');
  const selection = { tasks: request.tasks, filters: request.filters, directory };
  const graph = source.graph(selection);
  refuseRecursion(graph, context);
  if (verify !== undefined) {
    const { verifyRun } = await import('../verify/verify-run.js');
    const { args, isOnly } = request;
    return verifyRun({ workspace, context, graph, selection, args, isOnly, modes, settings, reporting: request });
  }
  if (request.graph !== undefined && request.graph !== false) {
    context.stdout.write(renderGraph(graph, request.graph === true ? 'dot' : request.graph));
    return 0;
  }
  const index = openIndex(workspace, context);
  const plan = await source.plan({ graph, args: request.args, index });
  if (request.dry !== undefined && request.dry !== false) {
    index.save();
    const { views } = source;
    const { text, inPlace } = await describeDryRun({ workspace, context, graph, plan, settings, views, request });
    context.stdout.write(text);
    await source.keepPrinted({ graph, plan, request, inPlace, printed: text });
    return 0;
  }
  return carryOut({ ...prepared, graph, plan, index });
}

/** A script `build` that is `velocity run build` would start itself for ever. */
function refuseRecursion(graph: TaskGraph<TaskPayload>, { env }: AgentContext): void {
  const outer = env['VELOCITY_TASK'];
  if (outer === undefined || ![...graph.tasks.keys()].some((id) => id === outer)) return;
  throw new VelocityError('USAGE', `${outer} calls velocity, which would run ${outer} again`, {
    hint: 'give the task a command of its own in velocity.yml',
  });
}
