import { mkdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { tempDir, writeTree } from '@velocity/testing';
import { discoverPackages } from '@velocity/workspace';
import { discover, edges, json, named, names } from './support/discovery.js';

test('the root is always a package, even of an empty folder', () => {
  const { packages, problems } = discover({});
  expect(packages).toEqual([
    {
      name: '//',
      directory: '',
      manifests: [],
      languages: [],
      scripts: {},
      dependencies: [],
      externalDependencies: {},
    },
  ]);
  expect(problems).toEqual([]);
});

test('pnpm-workspace.yaml selects folders; its negative globs count wherever they stand', () => {
  const found = discover({
    'pnpm-workspace.yaml': "packages:\n  - '!**/fixtures/**'\n  - 'apps/*'\n  - 'libs/**'\n  - tools\n",
    'package.json': json({ name: 'acme', workspaces: ['ignored/*'] }),
    'apps/web/package.json': json({ name: '@acme/web' }),
    'apps/not-a-package/readme.md': '',
    'libs/package.json': json({ name: 'libs' }),
    'libs/deep/er/ui/package.json': json({ name: '@acme/ui' }),
    'libs/deep/fixtures/one/package.json': json({ name: 'fixture' }),
    'libs/deep/node_modules/react/package.json': json({ name: 'react' }),
    'libs/deep/dist/package.json': json({ name: 'built' }),
    'tools/package.json': json({ name: 'tools' }),
    'ignored/x/package.json': json({ name: 'x' }),
  });
  expect(names(found)).toEqual(['//', '@acme/web', 'libs', '@acme/ui', 'tools']);
  expect(found.problems).toEqual([]);
});

test.each([
  ['list', ['packages/*', '!packages/old']],
  ['table', { packages: ['./packages/*/', '!packages/old'], nohoist: [] }],
])('package.json may give its workspaces as a %s', (_, workspaces) => {
  const found = discover({
    'package.json': json({ name: 'root', workspaces }),
    'packages/a/package.json': json({ name: 'a' }),
    'packages/dist/package.json': json({ name: 'called-dist' }),
    'packages/old/package.json': json({ name: 'old' }),
  });
  expect(names(found)).toEqual(['//', 'a', 'called-dist']);
});

test('without any declaration the usual folders are searched', () => {
  const found = discover({
    'apps/web/package.json': json({ name: 'web' }),
    'libs/py/pyproject.toml': '[project]\nname = "py"\n',
    'packages/rs/Cargo.toml': '[package]\nname = "rs"\n',
    'elsewhere/x/package.json': json({ name: 'x' }),
  });
  expect(names(found)).toEqual(['//', 'web', 'py', 'rs']);
});

test.each([
  ['workspace:*'],
  ['workspace:^1.0.0'],
  ['workspace:../ui'],
  ['^1.0.0'],
  ['*'],
  ['latest'],
  ['catalog:'],
  ['file:../ui'],
  ['link:../ui'],
  ['portal:../ui/'],
  ['../ui'],
])('range %s makes an edge to a package of the workspace', (range) => {
  const found = discover({
    'package.json': json({ workspaces: ['packages/*'] }),
    'packages/ui/package.json': json({ name: '@acme/ui', version: '1.0.0' }),
    'packages/web/package.json': json({ name: 'web', dependencies: { '@acme/ui': range } }),
  });
  expect(edges(found)).toEqual({ web: ['@acme/ui'] });
  expect(named(found, 'web').externalDependencies).toEqual({});
  expect(found.problems).toEqual([]);
});

test.each([
  ['npm:@acme/ui@^1.0.0', ['@acme/ui']],
  ['workspace:@acme/ui@*', ['@acme/ui']],
  ['npm:react@^18.0.0', []],
  ['github:acme/ui', []],
  ['acme/ui#main', []],
  ['https://example.com/ui.tgz', []],
  ['file:../../vendor/ui.tgz', []],
  ['file:../../../outside', []],
])('alias %s leads to %j', (range, dependencies) => {
  const found = discover({
    'package.json': json({ workspaces: ['packages/*'] }),
    'packages/ui/package.json': json({ name: '@acme/ui' }),
    'packages/web/package.json': json({ name: 'web', dependencies: { kit: range } }),
  });
  expect(named(found, 'web').dependencies).toEqual(dependencies);
});

test('all four tables make edges, sorted and without the package itself; the rest is external', () => {
  const found = discover({
    'package.json': json({ name: 'root', workspaces: ['packages/*'], devDependencies: { e: '*' } }),
    'packages/a/package.json': json({
      name: 'a',
      scripts: { build: 'tsc', odd: 3 },
      dependencies: { e: '1', a: '*', react: '^18.0.0' },
      devDependencies: { d: '*', jest: '30.0.0' },
      optionalDependencies: { c: '*' },
      peerDependencies: { b: '*', react: '>=17' },
    }),
    'packages/b/package.json': json({ name: 'b' }),
    'packages/c/package.json': json({ name: 'c' }),
    'packages/d/package.json': json({ name: 'd' }),
    'packages/e/package.json': json({ name: 'e', dependencies: { root: '*' } }),
  });
  expect(edges(found)).toEqual({ '//': ['e'], a: ['b', 'c', 'd', 'e'], e: ['//'] });
  const a = named(found, 'a');
  expect(a.externalDependencies).toEqual({ react: '^18.0.0', jest: '30.0.0' });
  expect(a.scripts).toEqual({ build: 'tsc' });
  expect(a.languages).toEqual(['javascript']);
  expect(a.packageJson?.['name']).toBe('a');
  expect(a.manifests).toEqual([
    {
      kind: 'npm',
      path: 'packages/a/package.json',
      name: 'a',
      dependencies: { e: '1', a: '*', react: '^18.0.0', d: '*', jest: '30.0.0', c: '*', b: '*' },
    },
  ]);
});

test('a package without a name is called by its folder', () => {
  const found = discover({
    'package.json': json({ workspaces: ['packages/*'] }),
    'packages/a/package.json': '{}',
    'packages/über b/package.json': '{}',
  });
  expect(names(found)).toEqual(['//', 'packages/a', 'packages/über b']);
  expect(found.problems).toEqual([]);
});

test('the order in which folders are created does not matter', () => {
  const make = (order: readonly string[]): unknown => {
    using dir = tempDir();
    writeTree(dir.path, { 'package.json': json({ workspaces: ['p/*'] }) });
    for (const name of order) {
      mkdirSync(dir.join('p', name), { recursive: true });
      writeTree(dir.path, { [`p/${name}/package.json`]: json({ name, dependencies: { a: '*', ä: '*' } }) });
    }
    return discoverPackages({ root: dir.path });
  };
  const order = ['z', 'ä', 'Z', 'a', 'b-1', 'b.1'];
  expect(make(order)).toEqual(make([...order].reverse()));
});

test('a linked folder is not a package', () => {
  const found = discover({
    'package.json': json({ workspaces: ['packages/*', 'deep/**'] }),
    'elsewhere/package.json': json({ name: 'elsewhere' }),
    'packages/link': { link: '../elsewhere' },
    'deep/self': { link: '.' },
  });
  expect(names(found)).toEqual(['//']);
});

test('names that look like properties of objects are names', () => {
  const found = discover({
    'package.json': json({ workspaces: ['packages/*'] }),
    'packages/a/package.json':
      '{"name": "constructor", "dependencies": {"__proto__": "1", "toString": "2", "hasOwnProperty": "*"}}',
    'packages/b/package.json': json({ name: 'hasOwnProperty' }),
  });
  const found1 = named(found, 'constructor');
  expect(found1.dependencies).toEqual(['hasOwnProperty']);
  expect(Object.entries(found1.externalDependencies)).toEqual([
    ['__proto__', '1'],
    ['toString', '2'],
  ]);
});
