import { expect, test } from '@jest/globals';
import { config, createRig, monorepo, recorded, type Rig } from './rig.js';
import { reasonOf } from './support/output.js';

function rigWith(inputs: readonly unknown[], files: Record<string, string>, more: object = {}): Rig {
  return createRig(monorepo({ pipeline: { build: { command: recorded(), inputs } }, ...more }, files));
}

async function runs(rig: Rig, files: Record<string, string> = {}): Promise<string | undefined> {
  rig.write(files);
  return reasonOf(await rig.run('solo#build'), 'solo:build');
}

test('pick: nothing but the named fields counts', async () => {
  const file = 'packages/solo/package.json';
  const text = (document: object): Record<string, string> => ({
    [file]: JSON.stringify({ name: 'solo', ...document }),
  });
  using rig = rigWith(['src/**', { json: 'package.json', pick: ['version', 'a.b'] }], text({ version: '1' }));
  await runs(rig);
  expect(await runs(rig, text({ version: '1', type: 'module', a: { c: 1 } }))).toBeUndefined();
  expect(await runs(rig, text({ version: '2' }))).toBe('package.json changed');
  expect(await runs(rig, text({ version: '2', a: { b: [1] } }))).toBe('package.json changed');
  expect(await runs(rig, text({ version: '2', a: { b: [1], c: 2 } }))).toBeUndefined();
  expect(await runs(rig, text({ version: '2', 'a.b': 1 }))).toBe('package.json changed');
  expect(await runs(rig, { 'packages/solo/src/main.txt': 'other' })).toContain('src/main.txt changed');
});

test('omit: everything but the named fields counts, comments do not, and neither do trailing commas', async () => {
  const file = 'packages/solo/tsconfig.json';
  const text = (options: string): Record<string, string> => ({ [file]: `{ "compilerOptions": { ${options} } }` });
  using rig = rigWith([{ json: 'tsconfig.json', omit: ['compilerOptions.paths'] }], text('"strict": true'));
  await runs(rig);
  expect(await runs(rig, text('"strict": true, "paths": { "a": ["b"] }'))).toBeUndefined();
  expect(await runs(rig, text('/* yes */ "strict": true, // really\n'))).toBeUndefined();
  expect(await runs(rig, text('"strict": false,'))).toBe('tsconfig.json changed');
  expect(await runs(rig, { 'packages/solo/src/main.txt': 'other' })).toBeUndefined();
});

test('omit: [] counts the document by value: layout does not matter, the order of keys does', async () => {
  const inputs = [{ json: '$ROOT/settings.json', omit: [] }];
  using rig = rigWith(inputs, { 'settings.json': '{"a":1,"b":2}' });
  await runs(rig);
  expect(await runs(rig, { 'settings.json': '{ "a": 1,\n  "b": 2 }\n' })).toBeUndefined();
  expect(await runs(rig, { 'settings.json': '{"b":2,"a":1}' })).toBe('$ROOT/settings.json changed');
});

test.each<[string, string, string]>([
  ['is no JSON', '{ "a": ', '{ "a":  '],
  ['holds numbers that JavaScript cannot tell apart', '{ "a": 9007199254740993 }', '{ "a": 9007199254740992 }'],
  ['starts with a byte order mark', '\uFEFF{}', '\uFEFF{ }'],
])('a document that %s counts by its bytes', async (_name, before, after) => {
  using rig = rigWith([{ json: 'data.json', omit: [] }], { 'packages/solo/data.json': before });
  await runs(rig);
  expect(await runs(rig)).toBeUndefined();
  expect(await runs(rig, { 'packages/solo/data.json': after })).toBe('data.json changed');
});

test('a document that is not there counts as missing, and says so when it comes', async () => {
  using rig = rigWith([{ json: 'data.json', pick: ['a'] }], {});
  await runs(rig);
  expect(await runs(rig)).toBeUndefined();
  expect(await runs(rig, { 'packages/solo/data.json': '{"b":1}' })).toBe('data.json changed');
});

test('an entry of its own wins over the globs, and over what they take away', async () => {
  const file = 'packages/solo/package.json';
  using rig = rigWith(['$DEFAULT', '!package.json', { json: 'package.json', pick: ['type'] }], {});
  await runs(rig);
  expect(await runs(rig, { [file]: '{"name":"solo","version":"2.0.0","exports":"./x.js"}' })).toBeUndefined();
  expect(await runs(rig, { [file]: '{"name":"solo","type":"module"}' })).toBe('package.json changed');
});

test('another choice of fields is another key, though both show the same', async () => {
  const pipeline = (fields: readonly string[]): Record<string, unknown> => ({
    pipeline: { build: { command: recorded(), inputs: [{ json: 'data.json', pick: fields }] } },
  });
  using rig = createRig(monorepo(pipeline(['a']), { 'packages/solo/data.json': '{"a":1}' }));
  await runs(rig);
  rig.write({ 'velocity.yml': config(pipeline(['a', 'b'])) });
  expect(await runs(rig)).toBe('data.json changed');
  rig.write({ 'velocity.yml': config(pipeline(['b', 'a'])) });
  expect(await runs(rig)).toBeUndefined();
});

test('$INHERIT stands for entries, too; what a layer says of the same file wins', async () => {
  const overrides = { 'solo#build': { inputs: ['$INHERIT', { json: 'b.json', pick: ['y'] }] } };
  const files = { 'packages/solo/a.json': '{"x":1,"y":1}', 'packages/solo/b.json': '{"x":1,"y":1}' };
  using rig = rigWith(
    [
      { json: 'a.json', pick: ['x'] },
      { json: 'b.json', pick: ['x'] },
    ],
    files,
    { overrides },
  );
  await runs(rig);
  expect(await runs(rig, { 'packages/solo/a.json': '{"x":1,"y":2}' })).toBeUndefined();
  expect(await runs(rig, { 'packages/solo/b.json': '{"x":2,"y":1}' })).toBeUndefined();
  expect(await runs(rig, { 'packages/solo/a.json': '{"x":2,"y":2}' })).toBe('a.json changed');
  expect(await runs(rig, { 'packages/solo/b.json': '{"x":2,"y":2}' })).toBe('b.json changed');
});

test('global.inputs takes such entries as well', async () => {
  using rig = createRig(
    monorepo({ global: { inputs: [{ json: 'shared.json', pick: ['a'] }] } }, { 'shared.json': '{"a":1}' }),
  );
  await runs(rig);
  expect(await runs(rig, { 'shared.json': '{"a":1,"b":2}' })).toBeUndefined();
  expect(await runs(rig, { 'shared.json': '{"a":2,"b":2}' })).toBe('global input shared.json changed');
});

test('what a dependency writes is no input: its key stands for it', async () => {
  const lib = {
    command: recorded('mkdir -p dist && cp src/main.txt dist/data.json'),
    outputs: ['dist'],
    depends_on: [],
  };
  const app = { inputs: [{ json: '$ROOT/packages/lib/dist/data.json', omit: [] }], depends_on: ['^build'] };
  using rig = createRig(
    monorepo({ pipeline: { build: { command: recorded() } }, overrides: { 'lib#build': lib, 'app#build': app } }),
  );
  expect((await rig.run('app#build')).executed).toEqual(['app#build', 'lib#build']);
  expect((await rig.run('app#build')).executed).toEqual([]);
});
