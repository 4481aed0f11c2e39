import { describe, expect, test } from '@jest/globals';
import { restrictTaskGraph } from '@velocity/graph';
import { build, edgesOf, graphIn, type Workspace } from './support.js';

const packages = { web: ['ui', 'react'], ui: ['tokens'], tokens: [], docs: ['ui'], '//': [] };

describe('the dependencies of a task', () => {
  const cases: [string, Omit<Workspace, 'packages'>, Record<string, string[]>][] = [
    [
      '^t is the task of the direct dependencies that are packages here',
      { tasks: { build: ['^build'] }, entries: ['web#build'] },
      { 'tokens#build': [], 'ui#build': ['tokens#build'], 'web#build': ['ui#build'] },
    ],
    [
      '^t passes through packages that lack the task',
      { tasks: { 'web#build': ['^build'], 'tokens#build': [] }, entries: ['web#build'] },
      { 'tokens#build': [], 'web#build': ['tokens#build'] },
    ],
    [
      '^t of a package without dependencies is nothing',
      { tasks: { build: ['^build'] }, entries: ['tokens#build'] },
      { 'tokens#build': [] },
    ],
    [
      't is the task of the same package',
      { tasks: { build: ['codegen'], codegen: [] }, entries: ['ui#build'] },
      { 'ui#build': ['ui#codegen'], 'ui#codegen': [] },
    ],
    [
      't is skipped where only this package lacks it',
      { tasks: { build: ['codegen'], 'web#codegen': [] }, entries: ['ui#build', 'web#build'] },
      { 'ui#build': [], 'web#build': ['web#codegen'], 'web#codegen': [] },
    ],
    [
      'pkg#t and //#t are these very tasks',
      { tasks: { 'web#build': ['docs#gen', '//#prepare'], 'docs#gen': [], '//#prepare': [] }, entries: ['web#build'] },
      { '//#prepare': [], 'docs#gen': [], 'web#build': ['//#prepare', 'docs#gen'] },
    ],
    [
      'a dependency that is told twice is one',
      { tasks: { 'web#build': ['^build', 'ui#build', '^build'], 'ui#build': [] }, entries: ['web#build', 'web#build'] },
      { 'ui#build': [], 'web#build': ['ui#build'] },
    ],
    [
      'an entry whose package lacks the task is left out',
      { tasks: { 'web#lint': [] }, entries: ['web#lint', 'ui#lint'] },
      { 'web#lint': [] },
    ],
    [
      'a task of the shared pipeline that no package has is no mistake',
      {
        tasks: { 'web#build': ['^codegen', 'codegen'] },
        entries: ['web#build', 'web#codegen'],
        knownTasks: ['codegen'],
      },
      { 'web#build': [] },
    ],
  ];
  test.each(cases)('%s', (_name, workspace, expected) => {
    expect(edgesOf(graphIn({ packages, ...workspace }))).toEqual(expected);
  });

  test('names that every object has are names like others', () => {
    const graph = graphIn({
      packages: { constructor: ['__proto__'], ['__proto__']: [] },
      tasks: { toString: ['^toString'] },
      entries: ['constructor#toString'],
    });
    expect([...graph.tasks.keys()]).toEqual(['__proto__#toString', 'constructor#toString']);
  });
});

describe('packages that depend on each other', () => {
  const circular = { a: ['b'], b: ['a', 'c'], c: [] };

  test('are no problem while their tasks do not wait for each other', () => {
    const graph = graphIn({
      packages: circular,
      tasks: { test: ['^build'], build: [] },
      entries: ['a#test', 'b#test'],
    });
    expect(graph.dependenciesOf(graph.entries[1] as never)).toEqual(['a#build', 'c#build']);
  });

  test('are a problem when they do', () => {
    const result = build({ packages: circular, tasks: { build: ['^build'] }, entries: ['a#build'] });
    expect(result).toMatchObject({ ok: false, problems: [{ kind: 'cycle' }] });
  });

  test('let a task reach itself through packages without it, which means nothing', () => {
    const graph = graphIn({
      packages: circular,
      tasks: { 'a#build': ['^build'], 'c#build': [] },
      entries: ['a#build'],
    });
    expect(edgesOf(graph)).toEqual({ 'a#build': ['c#build'], 'c#build': [] });
  });

  test('that lack a task all pass through to the same packages', () => {
    const graph = graphIn({
      packages: { x: ['a'], y: ['b'], a: ['b', 'left'], b: ['a', 'right'], left: [], right: [] },
      tasks: { 'x#test': ['^build'], 'y#test': ['^build'], 'left#build': [], 'right#build': [] },
      entries: ['x#test', 'y#test'],
    });
    expect(edgesOf(graph)).toMatchObject({
      'x#test': ['left#build', 'right#build'],
      'y#test': ['left#build', 'right#build'],
    });
  });
});

describe('a graph', () => {
  const graph = graphIn({
    packages,
    tasks: { build: ['^build'], test: ['build'] },
    entries: ['web#test', 'docs#build'],
  });

  test('knows its entries, edges in both directions and the payload of each task', () => {
    expect(graph.entries).toEqual(['docs#build', 'web#test']);
    const [ui] = [...graph.tasks.values()].filter((node) => node.package === 'ui');
    expect(ui).toMatchObject({
      id: 'ui#build',
      task: 'build',
      definition: { dependsOn: [{ spec: { task: 'build' } }] },
    });
    expect(graph.dependentsOf(ui?.id as never)).toEqual(['docs#build', 'web#build']);
    expect(graph.topologicalOrder).toEqual(['tokens#build', 'ui#build', 'docs#build', 'web#build', 'web#test']);
  });

  test('refuses a question about a task that it does not hold', () => {
    expect(() => graph.dependenciesOf('web#lint' as never)).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }));
    expect(() => graph.dependentsOf('web#lint' as never)).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }));
  });

  test('can be cut down to some of its tasks and the edges among them', () => {
    const only = restrictTaskGraph(graph, ['web#build', 'ui#build', 'web#test', 'web#lint'] as never[]);
    expect(edgesOf(only)).toEqual({ 'ui#build': [], 'web#build': ['ui#build'], 'web#test': ['web#build'] });
    expect(only.entries).toEqual(['web#test']);
  });
});

describe('a workspace of 5,000 packages in 2,500 layers, each of which depends on all of the layer below', () => {
  const layers = 2500;
  const wide: Record<string, string[]> = {};
  for (let layer = 0; layer < layers; layer++) {
    const below = layer === 0 ? [] : [`l${layer - 1}`, `r${layer - 1}`];
    wide[`l${layer}`] = below;
    wide[`r${layer}`] = below;
  }
  const top = layers - 1;

  test('asks for each task once', () => {
    const asked: string[] = [];
    const workspace = { packages: wide, tasks: { build: ['^build'] }, entries: [`l${top}#build`, `r${top}#build`] };
    const result = build(workspace, (id) => asked.push(id));
    expect(result.ok && result.graph.tasks.size).toBe(5000);
    expect(result.ok && result.graph.topologicalOrder.length).toBe(5000);
    expect(asked.length).toBe(5000);
  });

  test('asks for each task once when the packages in between lack it', () => {
    const asked: string[] = [];
    const entries = Object.keys(wide).map((name) => `${name}#build`);
    const workspace = { packages: wide, tasks: { build: ['^gen'], 'l0#gen': [] }, entries };
    const result = build(workspace, (id) => asked.push(id));
    expect(result.ok && result.graph.tasks.size).toBe(5001);
    // The two at the top are nobody's dependency.
    expect(asked.length).toBe(9998);
    expect(new Set(asked).size).toBe(9998);
  });

  test('tells one mistake in the shared pipeline once', () => {
    const entries = Object.keys(wide).map((name) => `${name}#build`);
    const result = build({ packages: wide, tasks: { build: ['gen', 'test'], test: ['build'] }, entries });
    expect(result).toMatchObject({ ok: false, problems: [{ kind: 'unknown-task', task: 'gen' }, { kind: 'cycle' }] });
    expect(result.ok || result.problems.length).toBe(2);
  });

  test('finds the cycle that goes through all of it', () => {
    const ring = { ...wide, l0: [`l${top}`] };
    const result = build({ packages: ring, tasks: { build: ['^build'] }, entries: [`l${top}#build`] });
    const problem = result.ok ? undefined : result.problems[0];
    expect(problem?.kind === 'cycle' && problem.path.length).toBe(layers);
  });
});
