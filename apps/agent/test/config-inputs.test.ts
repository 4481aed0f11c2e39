import { expect, test } from '@jest/globals';
import { tempDir, writeTree } from '@velocity/testing';
import { configSchemaJson, type JsonSchema } from '../src/config/config-schema-json.js';
import { loadConfig } from '../src/config/load-config.js';
import type { LoadConfigResult } from '../src/config/types.js';

function load(inputs: string): LoadConfigResult {
  using dir = tempDir();
  writeTree(dir.path, { 'velocity.yml': `pipeline:\n  build:\n    inputs: ${inputs}\n` });
  return loadConfig({ root: dir.path, env: {} });
}

function problems(inputs: string): string[] {
  const result = load(inputs);
  if (result.ok) return [];
  return result.diagnostics.map(
    ({ line, column, message, hint }) => `${line}:${column}: ${message}${hint === undefined ? '' : ` [${hint}]`}`,
  );
}

test('a list of inputs may hold globs and JSON files of which a part counts', () => {
  const result = load(
    '[src/**, {json: ./package.json, pick: [version, scripts.build]}, {json: $ROOT/t.json, omit: []}]',
  );
  expect(result).toMatchObject({ ok: true });
  if (!result.ok) return;
  expect(result.config.pipeline.get('build')).toMatchObject({
    inputs: ['src/**'],
    jsonInputs: [
      { file: 'package.json', mode: 'pick', fields: ['version', 'scripts.build'] },
      { file: '$ROOT/t.json', mode: 'omit', fields: [] },
    ],
  });
});

const PLACE = 'pipeline.build.inputs[0]';

test.each<[string, string, string]>([
  ['both', '[{json: a, pick: [x], omit: [y]}]', `3:14: ${PLACE}: pick and omit exclude each other [keep one]`],
  ['neither', '[{json: a}]', `3:14: ${PLACE}: pick or omit is missing [omit: [] counts the whole document]`],
  ['no file', '[{pick: [x]}]', `3:14: ${PLACE}: the key "json" is missing`],
  ['an empty choice', '[{json: a, pick: []}]', `3:30: ${PLACE}.pick: the list is empty`],
  [
    'a text for a list',
    '[{json: a, pick: x}]',
    `3:30: ${PLACE}.pick: expected a list of strings, found "x" [write it as a list, in [ ]]`,
  ],
  [
    'an empty step',
    '[{json: a, omit: [a..b]}]',
    `3:31: ${PLACE}.omit[0]: "a..b" is not the path of a field [write it as compilerOptions.paths]`,
  ],
  [
    'a glob',
    '[{json: "*.json", omit: []}]',
    `3:21: ${PLACE}.json: "*.json" is not the path of one file [write an entry for each file]`,
  ],
  [
    'a path that leaves the package',
    '[{json: ../a, omit: []}]',
    `3:21: ${PLACE}.json: "../a" leaves the package [name it from the workspace root: $ROOT/…]`,
  ],
  ['$DEFAULT for a file', '[{json: $DEFAULT, omit: []}]', `3:21: ${PLACE}.json: "$DEFAULT" is not a file`],
  ['a wrong key', '[{json: a, omit: [], only: [x]}]', `3:34: ${PLACE}: unknown key "only"`],
  [
    'one file twice',
    '[{json: a, pick: [x]}, b, {json: ./a, pick: [y]}]',
    '3:39: pipeline.build.inputs[2]: "a" stands here twice [put all fields into one entry]',
  ],
  [
    'a number',
    '[1]',
    `3:14: ${PLACE}: expected a string, or a mapping with json and pick or omit, found 1 [put it in quotes]`,
  ],
])('a mistake in such an entry has its place: %s', (_name, inputs, expected) => {
  expect(problems(inputs)).toEqual([expected]);
});

test('the JSON schema knows both kinds of items', () => {
  const task = configSchemaJson().properties?.['pipeline']?.['additionalProperties'] as JsonSchema;
  expect(task.properties?.['inputs']?.['items']).toMatchObject({
    anyOf: [{ type: 'string' }, { type: 'object', required: ['json'], additionalProperties: false }],
  });
});
