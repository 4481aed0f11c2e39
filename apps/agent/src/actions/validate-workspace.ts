import { buildGraph } from '../plan/build-graph.js';
import { ProblemsError } from '../problems-error.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { listTasks } from '../workspace/list-tasks.js';
import { overlappingOutputs } from '../workspace/overlapping-outputs.js';
import { writtenInputs } from '../workspace/written-inputs.js';

/** Builds the graph of everything and looks for tasks that write the same files, or their own inputs. @throws {@link ProblemsError} with all that is wrong */
export function validateWorkspace(workspace: OpenWorkspace): {
  readonly packageCount: number;
  readonly taskCount: number;
} {
  const tasks = [...workspace.config.pipeline.keys(), ...workspace.config.overrides.keys()];
  const graph = buildGraph(workspace, { tasks, filters: [], directory: '' });
  const all = workspace.packages.flatMap((owner) =>
    listTasks(workspace, owner).map(({ name, config }) => ({
      package: owner.name,
      directory: owner.directory,
      task: name,
      config,
    })),
  );
  const problems = [...overlappingOutputs(all), ...writtenInputs(all)];
  for (const id of graph.topologicalOrder) {
    for (const dependency of graph.dependenciesOf(id)) {
      if (graph.tasks.get(dependency)?.definition.config.persistent === true)
        problems.push(`${id} waits for ${dependency}, which is persistent and never ends`);
    }
  }
  if (problems.length > 0) throw new ProblemsError('CONFIG_INVALID', `${problems.length} problems`, problems);
  return { packageCount: workspace.packages.length, taskCount: graph.tasks.size };
}
