import { expect, test } from '@jest/globals';
import { discover, edges, json, named, names } from './support/discovery.js';

test('Cargo: members, exclude, path and workspace dependencies, renames, patches and path members', () => {
  const found = discover({
    'Cargo.toml': `
[workspace]
members = ["crates/*", "tool"]
exclude = ["crates/scratch"]
[workspace.dependencies]
core = { path = "crates/core" }
serde = { version = "1.0", features = ["derive"] }
[patch.crates-io]
vendored = { path = "vendored" }
`,
    'crates/core/Cargo.toml': '[package]\nname = "core"\n[dependencies]\nserde.workspace = true\n',
    'crates/cli/Cargo.toml': `
[package]
name = "cli"
[dependencies]
core = { workspace = true }
aliased = { package = "real", path = "../../outside-globs" }
vendored = "1"
rand = "0.8"
[target.'cfg(unix)'.build-dependencies]
tool = { path = "../../tool" }
[dev-dependencies]
gitted = { git = "https://example.com/x", tag = "v1" }
`,
    'crates/scratch/Cargo.toml': '[package]\nname = "scratch"\n',
    'crates/target/debug/Cargo.toml': '[package]\nname = "no"\n',
    'tool/Cargo.toml': '[package]\nname = "tool"\n',
    'outside-globs/Cargo.toml': '[package]\nname = "real"\n',
    'vendored/Cargo.toml': '[package]\nname = "vendored"\n',
  });
  expect(found.problems).toEqual([]);
  expect(names(found)).toEqual(['//', 'cli', 'core', 'real', 'tool', 'vendored']);
  expect(edges(found)).toEqual({ cli: ['core', 'real', 'tool', 'vendored'] });
  expect(named(found, 'cli').externalDependencies).toEqual({ rand: '0.8', gitted: 'https://example.com/x#v1' });
  expect(named(found, 'core').externalDependencies).toEqual({ serde: '1.0' });
  expect(named(found, 'core').languages).toEqual(['rust']);
});

test('a published crate that shares the name of a member is no edge', () => {
  const found = discover({
    'Cargo.toml': '[workspace]\nmembers = ["a", "b"]\n',
    'a/Cargo.toml': '[package]\nname = "log"\n',
    'b/Cargo.toml': '[package]\nname = "b"\n[dependencies]\nlog = "0.4"\n',
  });
  expect(edges(found)).toEqual({});
});

test('Go: go.work, requirements of modules in the workspace, local replacements', () => {
  const found = discover({
    'go.work': 'go 1.22\n\nuse (\n\t./svc/api // the service\n\t"./lib/log"\n)\nuse ./tool\n',
    'svc/api/go.mod': `module example.com/acme/api

go 1.22

require (
	example.com/acme/log v0.0.0-00010101000000-000000000000
	github.com/google/uuid v1.6.0
	example.com/fork v1.0.0 // indirect
)
require example.com/acme/extra v0.1.0
replace example.com/acme/extra => ../../extra
replace example.com/fork v1.0.0 => github.com/other/fork v1.0.1
`,
    'lib/log/go.mod': 'module example.com/acme/log\n\ngo 1.22\n',
    'tool/go.mod': 'module example.com/acme/tool\n',
    'extra/go.mod': 'module example.com/acme/extra\n',
  });
  expect(found.problems).toEqual([]);
  expect(edges(found)).toEqual({ 'example.com/acme/api': ['example.com/acme/extra', 'example.com/acme/log'] });
  expect(named(found, 'example.com/acme/api').externalDependencies).toEqual({
    'github.com/google/uuid': 'v1.6.0',
    'example.com/fork': 'v1.0.0',
  });
  expect(named(found, 'example.com/acme/extra').directory).toBe('extra');
});

test('a lone go.mod describes the root', () => {
  const found = discover({ 'go.mod': 'module example.com/solo\n\ngo 1.22\n' });
  expect(found.packages).toHaveLength(1);
  expect(named(found, '//')).toMatchObject({
    languages: ['go'],
    manifests: [{ kind: 'go', name: 'example.com/solo' }],
  });
});

test('Python: uv members and sources, groups, Poetry paths, and one spelling of names', () => {
  const found = discover({
    'pyproject.toml': `
[project]
name = "root"
dependencies = ["acme-core"]
[tool.uv.workspace]
members = ["py/*"]
exclude = ["py/old"]
`,
    'py/core/pyproject.toml':
      '[project]\nname = "Acme.Core"\ndependencies = ["httpx[http2]>=0.27 ; python_version > \'3.8\'"]\n',
    'py/api/pyproject.toml': `
[project]
name = "api"
dependencies = ["acme_core>=1", "elsewhere"]
[project.optional-dependencies]
fast = ["uvloop==0.19"]
[dependency-groups]
dev = ["helper", { include-group = "x" }]
[tool.uv.sources]
acme-core = { workspace = true }
helper = { path = "../../helper" }
elsewhere = { git = "https://example.com/elsewhere" }
`,
    'py/old/pyproject.toml': '[project]\nname = "old"\n',
    'helper/pyproject.toml': `
[tool.poetry]
name = "helper"
[tool.poetry.dependencies]
python = "^3.11"
requests = { version = "^2.31" }
[tool.poetry.group.dev.dependencies]
elsewhere = { path = "../elsewhere", develop = true }
`,
    'elsewhere/pyproject.toml': '[project]\nname = "elsewhere"\n',
  });
  expect(found.problems).toEqual([]);
  expect(edges(found)).toEqual({ '//': ['Acme.Core'], api: ['Acme.Core', 'helper'], helper: ['elsewhere'] });
  expect(named(found, 'Acme.Core').externalDependencies).toEqual({ httpx: '[http2]>=0.27' });
  expect(named(found, 'api').externalDependencies).toEqual({ elsewhere: '', uvloop: '==0.19' });
  expect(named(found, 'helper').externalDependencies).toEqual({ requests: '^2.31' });
});

test('velocity.yml describes a package without a manifest, and edges across languages', () => {
  const found = discover({
    'velocity.yml': 'version: 1\n',
    'pnpm-workspace.yaml': 'packages: ["packages/*"]\n',
    'packages/proto/velocity.yml': 'name: proto\nlanguage: protobuf\n',
    'packages/web/package.json': json({ name: '@acme/web' }),
    'packages/web/velocity.yaml': 'deps: [proto, packages/docs]\npipeline: {}\n',
    'packages/docs/velocity.yml': '# nothing yet\n',
    'packages/old/polykit.toml':
      'name = "old"\nlanguage = "ts"\npublic = false\n[deps]\ninternal = ["proto", "@acme/web"]\n',
  });
  expect(found.problems).toEqual([]);
  expect(edges(found)).toEqual({ '@acme/web': ['packages/docs', 'proto'], old: ['@acme/web', 'proto'] });
  expect(named(found, 'proto').languages).toEqual(['protobuf']);
  expect(named(found, 'old').languages).toEqual(['javascript']);
});

test('one folder with several manifests is one package, named by the first of them', () => {
  const manifests = {
    'packages/a/package.json': json({ name: '@acme/a', dependencies: { b: '*' } }),
    'packages/a/Cargo.toml': '[package]\nname = "acme-a"\n[dependencies]\nc = { path = "../c" }\n',
    'packages/a/pyproject.toml': '[project]\nname = "acme_a"\n',
    'packages/a/go.mod': 'module example.com/a\n',
    'packages/b/package.json': json({ name: 'b' }),
    'packages/c/Cargo.toml': '[package]\nname = "c"\n[dependencies]\nacme-a = { path = "../a" }\n',
    'packages/d/velocity.yml': 'deps: [acme-a]\n',
  };
  const found = discover(manifests, ['packages/*']);
  expect(found.problems).toEqual([]);
  expect(edges(found)).toEqual({ '@acme/a': ['b', 'c'], c: ['@acme/a'], 'packages/d': ['@acme/a'] });
  expect(named(found, '@acme/a').languages).toEqual(['javascript', 'rust', 'python', 'go']);
  const renamed = discover({ ...manifests, 'packages/a/velocity.yml': 'name: first\n' }, ['packages/*']);
  expect(names(renamed)).toEqual(['//', 'first', 'b', 'c', 'packages/d']);
  expect(edges(renamed)['c']).toEqual(['first']);
});

test('`packages` replaces what manifests declare; its globs are ordered', () => {
  const tree = {
    'pnpm-workspace.yaml': 'packages: ["apps/*"]\n',
    'package.json': json({ name: 'root' }),
    'apps/web/package.json': json({ name: 'web' }),
    'src/a/Cargo.toml': '[package]\nname = "a"\n',
    'src/b/go.mod': 'module b\n',
    'src/c/velocity.yml': 'name: c\n',
    'src/d/polykit.toml': 'name = "d"\n',
    'src/e/readme.md': '',
    'src/deep/f/pyproject.toml': '',
  };
  expect(names(discover(tree, ['src/*', '!src/b']))).toEqual(['//', 'a', 'c', 'd']);
  expect(names(discover(tree, ['**', '!src/**', 'src/b']))).toEqual(['//', 'web', 'b']);
  expect(names(discover(tree, ['src/deep/*']))).toEqual(['//', 'src/deep/f']);
  expect(names(discover(tree, []))).toEqual(['//']);
  expect(names(discover(tree, ['{apps,src/deep}/*', '../x', '/y']))).toEqual(['//', 'web', 'src/deep/f']);
});

test('several ecosystems in one repository are found together, nested workspaces too', () => {
  const found = discover({
    'pnpm-workspace.yaml': 'packages: ["web/*"]\n',
    'package.json': json({ name: 'root' }),
    'Cargo.toml': '[workspace]\nmembers = ["rust/*"]\n',
    'go.work': 'use ./go/svc\n',
    'web/ui/package.json': json({ name: 'ui' }),
    'web/ui/Cargo.toml': '[workspace]\nmembers = ["native"]\n[package]\nname = "ui-native"\n',
    'web/ui/native/Cargo.toml': '[package]\nname = "native"\n',
    'rust/a/Cargo.toml': '[package]\nname = "a"\n',
    'go/svc/go.mod': 'module svc\n',
  });
  expect(found.problems).toEqual([]);
  expect(names(found)).toEqual(['//', 'svc', 'a', 'ui', 'native']);
});
