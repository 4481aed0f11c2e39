import { expect, test } from '@jest/globals';
import { BUILD, createRig, monorepo, recorded, type Rig } from './rig.js';
import { reasonOf } from './support/output.js';

const FILE = 'packages/solo/package.json';
const DOCUMENT = {
  name: 'solo',
  version: '1.0.0',
  description: 'first',
  type: 'module',
  homepage: '/base',
  browserslist: ['defaults'],
  exports: { '.': { import: './a.js', default: './b.js' } },
  scripts: { build: 'unused', other: 'first', 'gen:css': 'first', 'gen:js': 'first' },
};

function rigWith(command: string, task: object = {}): Rig {
  return createRig(
    monorepo(
      { pipeline: { build: { command: recorded(command), outputs: ['dist'], ...task } } },
      { [FILE]: JSON.stringify(DOCUMENT) },
    ),
  );
}

function edit(rig: Rig, change: (document: typeof DOCUMENT) => object): void {
  rig.write({ [FILE]: JSON.stringify(change(JSON.parse(rig.read(FILE)) as typeof DOCUMENT)) });
}

/** Whether a change makes the task run again; that it did not run for nothing is part of it. */
async function busts(rig: Rig, change: (document: typeof DOCUMENT) => object): Promise<boolean> {
  edit(rig, change);
  const run = await rig.run('solo#build');
  expect(run.exitCode).toBe(0);
  if (run.executed.length > 0) expect(reasonOf(run, 'solo:build')).toBe('package.json changed');
  expect((await rig.run('solo#build')).executed).toEqual([]);
  return run.executed.length > 0;
}

const script = (name: string) => (document: typeof DOCUMENT) => ({
  ...document,
  scripts: { ...document.scripts, [name]: `${name} changed` },
});

test.each<[string, object]>([
  ['by default inputs', {}],
  ['by the glob package.json', { inputs: ['src/**', 'package.json'] }],
  ['by a wildcard', { inputs: ['**'] }],
])('package.json counts by what matters to a build: %s', async (_name, task) => {
  using rig = rigWith('cat src/* > /dev/null', task);
  await rig.run('solo#build');
  expect(await busts(rig, (document) => ({ ...document, version: '1.0.1' }))).toBe(false);
  expect(await busts(rig, (document) => ({ ...document, description: 'other', author: 'me', keywords: [] }))).toBe(
    false,
  );
  expect(await busts(rig, script('other'))).toBe(false);
  expect(await busts(rig, (document) => Object.assign({ scripts: document.scripts }, document))).toBe(false);

  expect(await busts(rig, (document) => ({ ...document, type: 'commonjs' }))).toBe(true);
  expect(await busts(rig, (document) => ({ ...document, homepage: '/other' }))).toBe(true);
  expect(await busts(rig, (document) => ({ ...document, browserslist: ['last 1 version'] }))).toBe(true);
  const swapped = { '.': { default: './b.js', import: './a.js' } };
  expect(await busts(rig, (document) => ({ ...document, exports: swapped }))).toBe(true);
  expect(await busts(rig, script('build'))).toBe(true);
});

test('a file that is no JSON counts by its bytes', async () => {
  using rig = createRig(
    monorepo(
      { pipeline: { build: { command: BUILD, outputs: ['dist'] } } },
      { 'packages/solo/fixture/package.json': '{' },
    ),
  );
  const runs = async (text: string): Promise<number> => {
    rig.write({ 'packages/solo/fixture/package.json': text });
    return (await rig.run('solo#build')).executed.length;
  };
  await rig.run('solo#build');
  expect(await runs('{ "version": 1 ')).toBe(1);
  // And that of a package which is none of the workspace's counts as a whole.
  expect(await runs('{ "version": 1 }')).toBe(1);
  expect(await runs('{ "version": 2 }')).toBe(1);
});

test.each<[string, string]>([
  ['names package.json', 'cat package.json > /dev/null'],
  ['copies the folder', 'mkdir -p dist && cp -r src ./* dist/ 2> /dev/null || true'],
  ["reads npm's variables", 'echo $npm_package_version'],
])('a command that %s depends on all of it', async (_name, command) => {
  using rig = rigWith(command);
  await rig.run('solo#build');
  expect(await busts(rig, (document) => ({ ...document, version: '1.0.1' }))).toBe(true);
});

test.each<[string, string, boolean]>([
  ['named', 'true npm run other', true],
  ['named by another script', 'true npm run middle', true],
  ['a pre script of a named one', 'true npm run third', true],
  ['the part of a longer name', 'true npm run other-thing another', false],
])('of the scripts those count that the command can reach: %s', async (_name, command, isReached) => {
  using rig = rigWith(command);
  edit(rig, (document) => ({
    ...document,
    scripts: { ...document.scripts, middle: 'npm run other', prethird: 'npm run other', third: 'x' },
  }));
  await rig.run('solo#build');
  expect(await busts(rig, script('other'))).toBe(isReached);
});

test('a pattern of script names reaches all of them, and nothing else', async () => {
  using rig = rigWith("true run-p 'gen:*'");
  await rig.run('solo#build');
  expect(await busts(rig, script('gen:css'))).toBe(true);
  expect(await busts(rig, script('gen:new'))).toBe(true);
  expect(await busts(rig, script('other'))).toBe(false);
});

test('package.json as a global input counts likewise, with all of its scripts', async () => {
  using rig = createRig(monorepo({ global: { inputs: ['package.json'] } }));
  await rig.run('solo#build');
  const write = async (more: object): Promise<number> => {
    rig.write({
      'package.json': JSON.stringify({ name: 'monorepo', private: true, workspaces: ['packages/*'], ...more }),
    });
    return (await rig.run('solo#build')).executed.length;
  };
  expect(await write({ version: '2.0.0' })).toBe(0);
  expect(await write({ scripts: { any: 'x' } })).toBe(1);
  expect(await write({ scripts: { any: 'y' } })).toBe(1);
});

test('the executable bit of package.json still counts', async () => {
  using rig = rigWith('true');
  await rig.run('solo#build');
  rig.write({ [FILE]: { executable: rig.read(FILE) } });
  expect(reasonOf(await rig.run('solo#build'), 'solo:build')).toBe('package.json changed its mode');
});
