import { expect, test } from '@jest/globals';
import { tempDir, writeTree, type Tree } from '@velocity/testing';
import { findWorkspaceRoot } from '@velocity/workspace';

function rootFrom(tree: Tree, start: string): string | undefined {
  using dir = tempDir();
  writeTree(dir.path, { 'top/work/packages/a/src': { dir: true }, ...tree });
  const found = findWorkspaceRoot(dir.join(start));
  return found?.startsWith(dir.path) === true ? found.slice(dir.path.length + 1) : undefined;
}

test.each([
  ['velocity.yml', 'version: 1\n'],
  ['velocity.yaml', '# comment\n"version": 1\n'],
  ['velocity.yml', 'version: 1\nbroken: [\n'],
  ['velocity.yml', '{"version": 1, "pipeline": {}}\n'],
  ['velocity.yml', '{\n  "version": 1\n}\n'],
  ['velocity.yml', 'pipeline: {}\n'],
  ['pnpm-workspace.yaml', 'packages: []\n'],
  ['package.json', '{"workspaces": ["packages/*"]}'],
  ['package.json', '{"workspaces": {"packages": ["packages/*"]}}'],
  ['Cargo.toml', '[workspace]\nmembers = ["packages/*"]\n'],
  ['go.work', 'go 1.22\n'],
  ['pyproject.toml', '[tool.uv.workspace]\nmembers = ["packages/*"]\n'],
  ['.git/HEAD', 'ref: refs/heads/main\n'],
])('%s marks the root', (file, content) => {
  expect(rootFrom({ [`top/work/${file}`]: content }, 'top/work/packages/a/src')).toBe('top/work');
});

test('the velocity.yml of a package, which has no version, is passed over', () => {
  const tree = {
    'top/work/velocity.yml': 'version: 1\n',
    'top/work/packages/a/velocity.yml': 'pipeline:\n  build:\n    version: 2\n',
  };
  expect(rootFrom(tree, 'top/work/packages/a')).toBe('top/work');
});

test('the nearest of two roots counts, and velocity.yml before everything else', () => {
  const nested = { 'top/velocity.yml': 'version: 1\n', 'top/work/velocity.yml': 'version: 1\n' };
  expect(rootFrom(nested, 'top/work/packages')).toBe('top/work');
  const mixed = { 'top/velocity.yml': 'version: 1\n', 'top/work/pnpm-workspace.yaml': '', 'top/work/.git/HEAD': '' };
  expect(rootFrom(mixed, 'top/work/packages')).toBe('top');
});

test('a package.json without workspaces and a broken one mark nothing', () => {
  const tree = {
    'top/work/.git/HEAD': '',
    'top/work/packages/a/package.json': '{"name": "a"}',
    'top/package.json': '{',
  };
  expect(rootFrom(tree, 'top/work/packages/a')).toBe('top/work');
});
