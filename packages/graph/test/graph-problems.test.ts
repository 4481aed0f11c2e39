import { describe, expect, test } from '@jest/globals';
import { buildTaskGraph, describeGraphProblem, type GraphProblem } from '@velocity/graph';
import { problemsIn, type Workspace } from './support.js';

const packages = { web: ['@acme/ui'], '@acme/ui': [], '//': [] };

describe('what is wrong', () => {
  const cases: [string, Omit<Workspace, 'packages'>, object[]][] = [
    [
      'a named package that is missing',
      { tasks: { 'web#build': ['ui#build'], '@acme/ui#build': [] }, entries: ['web#build'] },
      [
        {
          kind: 'unknown-package',
          package: 'ui',
          wantedBy: 'web#build',
          origin: 'web#build: ui#build',
          suggestions: ['@acme/ui'],
        },
      ],
    ],
    [
      'a named task that this package lacks, although others have it',
      {
        tasks: { 'web#build': ['@acme/ui#codegn'], 'web#codegn': [], '@acme/ui#codegen': [] },
        entries: ['web#build', '@acme/ui#codegen'],
      },
      [
        {
          kind: 'unknown-task',
          package: '@acme/ui',
          task: 'codegn',
          origin: 'web#build: @acme/ui#codegn',
          suggestions: ['codegen'],
        },
      ],
    ],
    [
      'a task of the root that is missing',
      { tasks: { 'web#build': ['//#prepare'] }, entries: ['web#build'] },
      [{ kind: 'unknown-task', package: '//', task: 'prepare', wantedBy: 'web#build', suggestions: [] }],
    ],
    [
      'a task of the same package that no package has',
      { tasks: { build: ['codegen'] }, entries: ['web#build', '@acme/ui#build'] },
      [{ kind: 'unknown-task', package: undefined, task: 'codegen', wantedBy: 'web#build', origin: 'build: codegen' }],
    ],
    [
      'a task of the dependencies that no package has, also where there are no dependencies',
      { tasks: { build: ['^biuld'] }, entries: ['@acme/ui#build'] },
      [{ kind: 'unknown-task', package: undefined, task: 'biuld', suggestions: ['build'], origin: 'build: ^biuld' }],
    ],
    [
      'a task that waits for itself',
      { tasks: { build: ['build'], '//#x': ['//#x'] }, entries: ['web#build', '@acme/ui#build', '//#x'] },
      [
        { kind: 'self-dependency', task: 'web#build', origin: 'build: build' },
        { kind: 'self-dependency', task: '//#x', origin: '//#x: //#x' },
      ],
    ],
    [
      'entries that do not exist, each once',
      { tasks: { build: [] }, entries: ['web#bild', '@acme/ui#bild', 'app#build', 'web#build'] },
      [
        {
          kind: 'unknown-task',
          package: undefined,
          task: 'bild',
          wantedBy: undefined,
          origin: undefined,
          suggestions: ['build'],
        },
        { kind: 'unknown-package', package: 'app', wantedBy: undefined },
      ],
    ],
    [
      'a cycle, from its first task on, with the origin of every step',
      { tasks: { 'web#c': ['a'], 'web#a': ['b', 'd'], 'web#b': ['c'], 'web#d': [] }, entries: ['web#c'] },
      [
        {
          kind: 'cycle',
          path: [
            { task: 'web#a', origin: 'web#a: b' },
            { task: 'web#b', origin: 'web#b: c' },
            { task: 'web#c', origin: 'web#c: a' },
          ],
        },
      ],
    ],
    [
      'two cycles that share a task',
      { tasks: { 'web#a': ['b', 'c'], 'web#b': ['a'], 'web#c': ['a'] }, entries: ['web#a'] },
      [
        { kind: 'cycle', path: [{ task: 'web#a' }, { task: 'web#b' }] },
        { kind: 'cycle', path: [{ task: 'web#a' }, { task: 'web#c' }] },
      ],
    ],
    [
      'one cycle for each pair of packages, although one line declares them all',
      {
        tasks: { 'web#t': ['@acme/ui#t'], '@acme/ui#t': ['web#t'], 'web#u': ['//#u'], '//#u': ['web#u'] },
        entries: ['web#t', 'web#u'],
      },
      [{ kind: 'cycle' }, { kind: 'cycle' }],
    ],
  ];
  test.each(cases)('%s', (_name, workspace, expected) => {
    const problems = problemsIn({ packages, ...workspace });
    expect(problems).toMatchObject(expected);
    expect(problems.length).toBe(expected.length);
  });

  test('is told all at once', () => {
    const tasks = { 'web#a': ['b', 'nope', 'x#y', 'a'], 'web#b': ['a', '^nope2'] };
    const kinds = problemsIn({ packages, tasks, entries: ['web#a'] }).map((problem) => problem.kind);
    expect(kinds.sort()).toEqual(['cycle', 'self-dependency', 'unknown-package', 'unknown-task', 'unknown-task']);
  });

  test('includes names that cannot be part of a task id', () => {
    const problems = problemsIn({
      packages: { 'c#': [], d: ['c#'] },
      tasks: { build: ['^build'] },
      entries: ['d#build'],
    });
    expect(problems).toEqual([{ kind: 'invalid-name', ref: { package: 'c#', task: 'build' }, reason: 'holds a "#"' }]);
  });

  test('of dependencies without an origin is told for each of them', () => {
    const result = buildTaskGraph({
      packages: new Map([
        ['a', { dependencies: [] }],
        ['b', { dependencies: [] }],
      ]),
      resolveTask: (_package, task) =>
        task === 'run' ? { dependsOn: [{ spec: { kind: 'same-package', task: 'x' } }] } : undefined,
      entries: [
        { package: 'a', task: 'run' },
        { package: 'b', task: 'run' },
      ],
    });
    expect(result).toMatchObject({ ok: false, problems: [{ wantedBy: 'a#run' }, { wantedBy: 'b#run' }] });
  });
});

describe('a problem in words', () => {
  const wanted = { wantedBy: 'web#build' as never, origin: undefined, suggestions: ['gen', 'gun'] };
  const spec = { kind: 'task', package: 'ui', task: 'gn' } as const;
  const cases: [GraphProblem, string, string | undefined][] = [
    [
      {
        kind: 'cycle',
        path: [
          { task: 'a#x' as never, origin: 1 },
          { task: 'b#x' as never, origin: 2 },
        ],
      },
      'these tasks wait for each other: a#x -> b#x -> a#x',
      'remove one of these dependencies',
    ],
    [{ kind: 'self-dependency', task: 'a#x' as never, origin: 1 }, 'a#x depends on itself', 'remove this dependency'],
    [
      { kind: 'unknown-package', package: 'ui', spec, ...wanted, suggestions: [] },
      'there is no package "ui", but web#build depends on "ui#gn"',
      undefined,
    ],
    [
      { kind: 'unknown-task', package: 'ui', task: 'gn', spec, ...wanted },
      'package "ui" has no task "gn", but web#build depends on "ui#gn"',
      'did you mean "gen" or "gun"?',
    ],
    [
      { kind: 'unknown-task', package: undefined, task: 'gn', spec, ...wanted, wantedBy: undefined },
      'no package has a task "gn"',
      'did you mean "gen" or "gun"?',
    ],
    [
      { kind: 'invalid-name', ref: { package: 'a#', task: 'x' }, reason: 'holds a "#"' },
      '"a#" and "x" make no task: a name holds a "#"',
      undefined,
    ],
  ];
  test.each(cases)('%j', (problem, message, hint) => {
    expect(describeGraphProblem(problem)).toEqual(hint === undefined ? { message } : { message, hint });
  });
});
