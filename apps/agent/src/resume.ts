import type { AgentContext } from './agent-context.js';
import { carryOut, type CarryOutOptions } from './actions/carry-out.js';
import { openIndex, prepareRun } from './actions/prepare-run.js';
import { printError } from './print-error.js';
import { RecalledRun } from './snapshot/recalled-run.js';
import type { Recalled } from './snapshot/replay-snapshot.js';

/**
 * Goes on from the last run of the same command, without reading the command line, the configuration and the packages again.
 * Never rejects.
 * @returns the exit code; undefined when that cannot be done, and nothing was said or done
 */
export async function resumeRun(recalled: Recalled, context: AgentContext): Promise<number | undefined> {
  const options = await prepare(recalled, context);
  if (options === undefined) return undefined;
  try {
    return await carryOut(options);
  } catch (error) {
    printError(error, context);
    return 1;
  }
}

async function prepare(recalled: Recalled, context: AgentContext): Promise<CarryOutOptions | undefined> {
  try {
    const source = RecalledRun.open(recalled, context);
    if (source === undefined) return undefined;
    const { request } = recalled.snapshot.opening;
    const prepared = prepareRun(source, context, request);
    const graph = source.graph();
    const index = openIndex(source.workspace, context);
    const plan = await source.plan({ graph, args: request.args, index });
    return { ...prepared, graph, plan, index };
  } catch {
    // Whatever is wrong, the run that is planned in full will meet it, too, and say it.
    return undefined;
  }
}
