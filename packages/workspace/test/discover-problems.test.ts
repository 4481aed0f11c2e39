import { expect, test } from '@jest/globals';
import { discover, json, named, names } from './support/discovery.js';

test('every problem is told at once, with its place, and the sound packages are there all the same', () => {
  const found = discover({
    'package.json': json({ workspaces: ['packages/*'] }),
    'packages/a/package.json': '{\n  "name": "a",\n  "dependencies": {\n    "nope": "workspace:*"\n  }\n}\n',
    'packages/b/package.json': '{\n  "name": "same"\n}\n',
    'packages/c/package.json': '{ "version": "1",\n    "name": "same" }\n',
    'packages/d/package.json': '{\n  "name": "d",\n  "version": ,\n}\n',
    'packages/e/velocity.yml': 'name: e\ndeps:\n  - a\n  - missing-one\n',
    'packages/f/velocity.yml': 'name: f\n  bad: indent\n',
    'packages/g/package.json': '[]',
    'packages/h/polykit.toml': 'name = "h"\nlanguage = = 1\n',
    'packages/i/package.json': json({ name: 'i#j' }),
    'packages/k/package.json': json({ name: 'k', dependencies: { d: 'workspace:*' } }),
  });
  expect(names(found)).toEqual(['//', 'a', 'same', 'd', 'e', 'f', 'packages/g', 'h', 'k']);
  expect(named(found, 'k').dependencies).toEqual(['d']);
  expect(found.problems.map(({ kind, file, line, column }) => [kind, file, line, column])).toEqual([
    ['unknown-dependency', 'packages/a/package.json', 4, 6],
    ['duplicate-name', 'packages/c/package.json', 2, 14],
    ['syntax', 'packages/d/package.json', 3, 14],
    ['unknown-dependency', 'packages/e/velocity.yml', 4, 5],
    ['syntax', 'packages/f/velocity.yml', 2, 6],
    ['shape', 'packages/g/package.json', 1, 1],
    ['syntax', 'packages/h/polykit.toml', 2, 12],
    ['invalid-name', 'packages/i/package.json', 2, 12],
  ]);
});

test('a duplicate names both files', () => {
  const { problems } = discover(
    { 'a/Cargo.toml': '[package]\nname = "x"\n', 'b/go.mod': 'module x\n', 'c/package.json': '{"name":"x"}' },
    ['*'],
  );
  expect(problems.map(({ message, line, column }) => [message, line, column])).toEqual([
    ['two packages are called "x": a/Cargo.toml and b/go.mod', 1, 8],
    ['two packages are called "x": a/Cargo.toml and c/package.json', 1, 10],
  ]);
});

test('a literal member that does not exist is a problem; a glob that matches nothing is not', () => {
  const { problems } = discover({
    'Cargo.toml': '[workspace]\nmembers = ["crates/*", "gone"]\n',
    'go.work': 'go 1.22\n\nuse ./nowhere\nuse ../outside\n',
    'pyproject.toml': '[tool.uv.workspace]\nmembers = ["py/none"]\n',
    'pnpm-workspace.yaml': 'packages: [absent]\n',
  });
  expect(problems.map(({ kind, file, line, column, message }) => [kind, file, line, column, message])).toEqual([
    ['missing-member', 'Cargo.toml', 2, 25, 'member "gone" has no Cargo.toml'],
    ['missing-member', 'go.work', 3, 5, 'member "./nowhere" has no go.mod'],
    ['missing-member', 'go.work', 4, 5, 'member "../outside" lies outside of the workspace'],
    ['missing-member', 'pyproject.toml', 2, 13, 'member "py/none" has no pyproject.toml'],
  ]);
});

test.each([
  ['', 1, 1],
  ['{', 1, 2],
  ['{"a": tru}', 1, 7],
  ['{"a": 1 "b": 2}', 1, 9],
  ['{"a": [1, 2,]}', 1, 13],
  ['{"a": "x\ny"}', 1, 7],
  ['{"a": 01}', 1, 8],
  ['{}\n{}', 2, 1],
  ["{'a': 1}", 1, 2],
  ['{"a": {"b": [}}', 1, 14],
  ['// no\n{}', 1, 1],
])('broken JSON %j is located', (text, line, column) => {
  const { problems } = discover({ 'package.json': text });
  expect(problems).toMatchObject([{ kind: 'syntax', file: 'package.json', line, column }]);
});

test('a byte order mark and an empty YAML file are no problem', () => {
  const found = discover({
    'package.json': '\uFEFF{"name": "root", "scripts": {"a": "b"}}',
    'pnpm-workspace.yaml': '\n# nothing\n',
    'velocity.yml': '',
  });
  expect(found.problems).toEqual([]);
  expect(named(found, '//').scripts).toEqual({ a: 'b' });
});
