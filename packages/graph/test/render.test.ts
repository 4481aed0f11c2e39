import { describe, expect, test } from '@jest/globals';
import { nearMisses, toDot, toJson, toMermaid } from '@velocity/graph';
import { graphIn } from './support.js';

const graph = graphIn({
  packages: { '@acme/web': ['ui'], ui: [] },
  tasks: { build: ['^build'] },
  entries: ['@acme/web#build'],
});

/** Names that would break out of a quoted label, or be read as markup. */
const hostile = graphIn({
  packages: { 'a"];x\\N': [] },
  tasks: { 'a"];x\\N#<b>`&': [] },
  entries: ['a"];x\\N#<b>`&'],
});

describe('a graph is shown', () => {
  test('as DOT', () => {
    expect(toDot(graph)).toBe(
      [
        'digraph tasks {',
        '  rankdir=LR',
        '  node [shape=box, style=rounded]',
        '  "@acme/web#build"',
        '  "ui#build"',
        '  "@acme/web#build" -> "ui#build"',
        '}',
        '',
      ].join('\n'),
    );
    expect(toDot(hostile)).toContain('  "a\\"];x\\\\N#<b>`&"\n');
  });

  test('as Mermaid', () => {
    expect(toMermaid(graph)).toBe(
      ['flowchart LR', '  t0["@acme/web#35;build"]', '  t1["ui#35;build"]', '  t0 --> t1', ''].join('\n'),
    );
    expect(toMermaid(hostile)).toContain('  t0["a#34;#93;#59;x#92;N#35;#60;b#62;#96;#38;"]\n');
  });

  test('as JSON', () => {
    expect(JSON.parse(JSON.stringify(toJson(graph)))).toEqual({
      entries: ['@acme/web#build'],
      tasks: [
        { id: 'ui#build', package: 'ui', task: 'build', dependencies: [], dependents: ['@acme/web#build'] },
        { id: '@acme/web#build', package: '@acme/web', task: 'build', dependencies: ['ui#build'], dependents: [] },
      ],
    });
  });
});

describe('what was meant', () => {
  test.each([
    ['bulid', ['build', 'test'], ['build']],
    ['ui', ['@acme/ui', 'api', 'ux', 'web'], ['@acme/ui', 'ux']],
    ['BUILD', ['build'], ['build']],
    ['util', ['date-utils', 'utils', 'web'], ['utils', 'date-utils']],
    ['xyz', ['build', 'test'], []],
    ['', ['a', 'build'], ['a']],
    ['t0', ['t1', 't2', 't3', 't4'], ['t1', 't2', 't3']],
  ])('by %j of %j', (word, candidates, expected) => {
    expect(nearMisses(word, candidates)).toEqual(expected);
  });
});
