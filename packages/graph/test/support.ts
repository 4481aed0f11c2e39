import {
  buildTaskGraph,
  parseDependencySpec,
  parseTaskId,
  splitTaskId,
  type BuildTaskGraphResult,
  type DependencySpec,
  type GraphProblem,
  type TaskDefinition,
  type TaskGraph,
  type TaskId,
  type TaskRef,
} from '@velocity/graph';

export type Definition = TaskDefinition<string>;

export interface Workspace {
  /** Package to the packages it depends on. */
  readonly packages: Readonly<Record<string, readonly string[]>>;
  /** `pkg#task`, or `task` for every package, to its `depends_on`; the origin of each entry is `<this key>: <entry>`. */
  readonly tasks: Readonly<Record<string, readonly string[]>>;
  readonly entries: readonly string[];
  readonly knownTasks?: readonly string[];
}

export function build(workspace: Workspace, onResolve?: (id: string) => void): BuildTaskGraphResult<Definition> {
  const definitions = new Map(
    Object.entries(workspace.tasks).map(([key, texts]): [string, Definition] => [
      key,
      { dependsOn: texts.map((text) => ({ spec: specOf(text), origin: `${key}: ${text}` })) },
    ]),
  );
  return buildTaskGraph({
    packages: new Map(Object.entries(workspace.packages).map(([name, dependencies]) => [name, { dependencies }])),
    resolveTask: (packageName, task) => {
      onResolve?.(`${packageName}#${task}`);
      return definitions.get(`${packageName}#${task}`) ?? definitions.get(task);
    },
    entries: workspace.entries.map(refOf),
    ...(workspace.knownTasks && { knownTasks: workspace.knownTasks }),
  });
}

export function graphIn(workspace: Workspace): TaskGraph<Definition> {
  const result = build(workspace);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.graph;
}

export function problemsIn(workspace: Workspace): readonly GraphProblem<string>[] {
  const result = build(workspace);
  if (result.ok) throw new Error('there is a graph');
  return result.problems;
}

/** Tasks `x#run` of packages that have nothing to do with each other, by what each waits for: `{ b: ['a'], a: [] }`. */
export function graphOf(edges: Readonly<Record<string, readonly string[]>>): TaskGraph<Definition> {
  const names = Object.keys(edges);
  return graphIn({
    packages: Object.fromEntries(names.map((name) => [name, []])),
    tasks: Object.fromEntries(
      names.map((name) => [`${name}#run`, (edges[name] ?? []).map((target) => `${target}#run`)]),
    ),
    entries: names.map((name) => `${name}#run`),
  });
}

/** `{ 'web#build': ['ui#build'] }`, every task with what it waits for. */
export function edgesOf(graph: TaskGraph<unknown>): Record<string, readonly string[]> {
  return Object.fromEntries([...graph.tasks.keys()].map((id) => [id, graph.dependenciesOf(id)]));
}

export function run(name: string): TaskId {
  return parseTaskId(`${name}#run`);
}

export function specOf(text: string): DependencySpec {
  const parsed = parseDependencySpec(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.spec;
}

function refOf(text: string): TaskRef {
  return splitTaskId(text as TaskId);
}
