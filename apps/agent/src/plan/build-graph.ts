import {
  buildTaskGraph,
  describeGraphProblem,
  parseDependencySpec,
  selectPackages,
  type TaskDependency,
  type TaskGraph,
} from '@velocity/graph';
import type { Package } from '@velocity/workspace';
import { formatDiagnostic } from '../config/format-diagnostic.js';
import type { Origin, TaskConfig } from '../config/types.js';
import { ProblemsError } from '../problems-error.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { resolveTask } from '../workspace/resolve-task.js';

export interface TaskPayload {
  readonly dependsOn: readonly TaskDependency<Origin>[];
  readonly config: TaskConfig;
}

export interface GraphRequest {
  readonly tasks: readonly string[];
  /** Empty: all packages. */
  readonly filters: readonly string[];
  /** Where relative filters start, relative to the workspace. */
  readonly directory: string;
}

/** The graph of what was asked for. @throws {@link ProblemsError} with everything that is wrong */
export function buildGraph(workspace: OpenWorkspace, request: GraphRequest): TaskGraph<TaskPayload> {
  const { packages, config } = workspace;
  const problems: string[] = [...workspace.problems];
  const byName = new Map(packages.map((entry) => [entry.name, entry]));
  const taskOf = (packageName: string, taskName: string): TaskPayload | undefined => {
    const owner = byName.get(packageName);
    if (owner === undefined) return undefined;
    const task = resolveTask(workspace, owner, taskName);
    return task && { config: task, dependsOn: parseDependencies(task, problems) };
  };
  const entries = entriesOf(workspace, request);
  const result = buildTaskGraph({ packages: byName, resolveTask: taskOf, entries, knownTasks: config.pipeline.keys() });
  if (result.ok) problems.push(...absentTasks(result.graph, request));
  else problems.push(...result.problems.map((problem) => formatGraphProblem(problem)));
  if (result.ok && problems.length === 0) return result.graph;
  const texts = [...new Set(problems)];
  throw new ProblemsError('GRAPH_INVALID', texts.length === 1 ? 'one problem' : `${texts.length} problems`, texts);
}

/** A task that is named with its package must be there; one that is named for all packages need not be in each. */
function absentTasks(graph: TaskGraph<TaskPayload>, request: GraphRequest): string[] {
  const present = new Set<string>(graph.tasks.keys());
  return request.tasks
    .filter((task) => task.includes('#') && !present.has(task))
    .map((task) => `there is no task ${task}; \`velocity ls\` shows what there is`);
}

function entriesOf({ packages }: OpenWorkspace, request: GraphRequest): { package: string; task: string }[] {
  const named = request.tasks.filter((task) => task.includes('#')).map((task) => splitTask(task));
  const plain = request.tasks.filter((task) => !task.includes('#'));
  if (plain.length === 0) return named;
  const names = selectNames(packages, request);
  return [...named, ...names.flatMap((name) => plain.map((task) => ({ package: name, task })))];
}

/** The packages that filters select; without filters the one whose folder the command was given in, at the root all of them. */
export function selectNames(
  packages: readonly Package[],
  { filters, directory }: Pick<GraphRequest, 'filters' | 'directory'>,
): readonly string[] {
  if (filters.length === 0 && directory !== '') {
    const around = packages
      .filter((entry) => entry.directory !== '' && `${directory}/`.startsWith(`${entry.directory}/`))
      .at(-1);
    if (around !== undefined) return [around.name];
  }
  const selection = selectPackages(filters, packages, directory);
  if (selection.ok) return selection.names;
  const texts = selection.problems.map(({ message, suggestions }) =>
    suggestions.length === 0 ? message : `${message}; did you mean ${suggestions.join(' or ')}?`,
  );
  throw new ProblemsError('USAGE', 'the filter selects nothing', texts);
}

function splitTask(text: string): { package: string; task: string } {
  const separator = text.lastIndexOf('#');
  return { package: text.slice(0, separator), task: text.slice(separator + 1) };
}

/** What a task waits for; entries that cannot be read are added to `problems`. */
export function parseDependencies(task: TaskConfig, problems: string[]): TaskDependency<Origin>[] {
  return task.dependsOn.flatMap(({ text, origin }) => {
    const parsed = parseDependencySpec(text);
    if (parsed.ok) return [{ spec: parsed.spec, origin }];
    problems.push(
      formatDiagnostic({
        ...origin,
        message: `dependency ${JSON.stringify(text)} ${parsed.problem}`,
        hint: parsed.hint,
      }),
    );
    return [];
  });
}

function formatGraphProblem(problem: Parameters<typeof describeGraphProblem>[0]): string {
  const { message, hint } = describeGraphProblem(problem);
  const origin = originOf(problem);
  if (origin !== undefined) return formatDiagnostic({ ...origin, message, ...(hint !== undefined && { hint }) });
  return hint === undefined ? message : `${message}\n  ${hint}`;
}

function originOf(problem: Parameters<typeof describeGraphProblem>[0]): Origin | undefined {
  if (problem.kind === 'cycle') return problem.path[0]?.origin as Origin | undefined;
  return 'origin' in problem ? (problem.origin as Origin | undefined) : undefined;
}
