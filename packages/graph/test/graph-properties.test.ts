import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { criticalPath, priorities, type TaskGraph, type TaskId } from '@velocity/graph';
import { dag, digraph } from './arbitraries.js';
import { build, graphIn, run } from './support.js';

test('there is a graph exactly when there is no cycle, and each cycle told is one, and another one', () => {
  fc.assert(
    fc.property(digraph, (edges) => {
      const result = build(workspaceOf(edges));
      expect(result.ok).toBe(!isCyclic(edges));
      if (result.ok) return;
      const left = new Set(Object.entries(edges).flatMap(([from, to]) => to.map((target) => `${from} ${target}`)));
      const told = new Set<string>();
      for (const problem of result.problems) {
        const path = problem.kind === 'cycle' ? problem.path.map((step) => step.task) : [];
        if (problem.kind === 'self-dependency') path.push(problem.task);
        const names = path.map((id) => id.replace('#run', ''));
        names.forEach((name, index) => expect(edges[name]).toContain(names[(index + 1) % names.length]));
        expect(new Set(names).size).toBe(names.length);
        expect(names[0]).toBe([...names].sort()[0]);
        told.add(names.join(' '));
        left.delete(`${names.at(-1)} ${names[0]}`);
      }
      expect(told.size).toBe(result.problems.length);
      const rest = Object.keys(edges).map((name) => [
        name,
        edges[name]?.filter((to) => left.has(`${name} ${to}`)) ?? [],
      ]);
      expect(isCyclic(Object.fromEntries(rest))).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test('the topological order holds every task once, after its dependencies, however the graph was written', () => {
  fc.assert(
    fc.property(dag, (graph) => {
      const place = new Map(graph.topologicalOrder.map((id, index) => [id, index]));
      expect([...place.keys()].sort()).toEqual([...graph.tasks.keys()]);
      for (const id of graph.topologicalOrder) {
        for (const dependency of graph.dependenciesOf(id)) {
          expect(place.get(dependency)).toBeLessThan(place.get(id) as number);
          expect(graph.dependentsOf(dependency)).toContain(id);
        }
      }
      const reversed = Object.fromEntries(
        [...graph.tasks.keys()].reverse().map((id) => [name(id), graph.dependenciesOf(id).map(name).reverse()]),
      );
      expect(graphIn(workspaceOf(reversed)).topologicalOrder).toEqual(graph.topologicalOrder);
    }),
  );
});

test('^t is the nearest packages with t, whatever the packages look like', () => {
  fc.assert(
    fc.property(digraph, fc.func(fc.boolean()), (packages, hasBuild) => {
      const builds = Object.keys(packages).filter((name) => hasBuild(name));
      const graph = graphIn({
        packages,
        tasks: { test: ['^build'], ...Object.fromEntries(builds.map((name) => [`${name}#build`, []])) },
        entries: Object.keys(packages).map((name) => `${name}#test`),
        knownTasks: ['build'],
      });
      for (const from of Object.keys(packages)) {
        const seen = new Set<string>();
        const queue = [from];
        for (const at of queue) {
          for (const next of packages[at] ?? []) {
            if (!seen.has(next) && !builds.includes(next)) queue.push(next);
            seen.add(next);
          }
        }
        const expected = builds.filter((owner) => seen.has(owner)).map((owner) => `${owner}#build`);
        expect(graph.dependenciesOf(`${from}#test` as TaskId)).toEqual(expected.sort());
      }
    }),
    { numRuns: 500 },
  );
});

test('the critical path is a path, and none is longer', () => {
  fc.assert(
    fc.property(dag, fc.func(fc.nat(20)), (graph, weight) => {
      const weightOf = (task: { readonly id: string }): number => weight(task.id);
      const path = criticalPath(graph, weightOf);
      path.tasks.slice(1).forEach((id, index) => expect(graph.dependenciesOf(id)).toContain(path.tasks[index]));
      expect(path.length).toBe(path.tasks.reduce((sum, id) => sum + weight(id), 0));
      expect(path.length).toBe(Math.max(...[...graph.tasks.keys()].map((id) => longestTo(graph, id, weight))));
      expect(path.length).toBe(Math.max(...priorities(graph, weightOf).values()));
    }),
  );
});

test('of equally long critical paths the first by name is told', () => {
  const edges = { b: [], a: [], c: ['a', 'b'], e: ['c'], d: ['c'] };
  expect(criticalPath(graphIn(workspaceOf(edges)), () => 1)).toEqual({ tasks: ['a', 'c', 'd'].map(run), length: 3 });
});

test('an empty graph has an empty critical path, and a weight must be a length', () => {
  expect(criticalPath(graphIn(workspaceOf({})), () => 1)).toEqual({ tasks: [], length: 0 });
  for (const bad of [Number.NaN, -1, Infinity]) {
    const weigh = (): unknown => priorities(graphIn(workspaceOf({ a: [] })), () => bad);
    expect(weigh).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }));
  }
});

function workspaceOf(edges: Readonly<Record<string, readonly string[]>>) {
  const names = Object.keys(edges);
  return {
    packages: Object.fromEntries(names.map((from) => [from, []])),
    tasks: Object.fromEntries(names.map((from) => [run(from), (edges[from] ?? []).map(run)])),
    entries: names.map(run),
  };
}

/** Takes away what points to nothing until nothing of the kind is left. */
function isCyclic(edges: Readonly<Record<string, readonly string[]>>): boolean {
  const left = new Set(Object.keys(edges));
  for (let size = -1; size !== left.size;) {
    size = left.size;
    for (const from of left) if (!edges[from]?.some((target) => left.has(target))) left.delete(from);
  }
  return left.size > 0;
}

function longestTo(graph: TaskGraph<unknown>, id: TaskId, weight: (id: string) => number): number {
  return (
    weight(id) + Math.max(0, ...graph.dependenciesOf(id).map((dependency) => longestTo(graph, dependency, weight)))
  );
}

function name(id: TaskId): string {
  return id.replace('#run', '');
}
