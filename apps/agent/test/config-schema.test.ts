import { describe, expect, test } from '@jest/globals';
import { configSchemaJson, type JsonSchema } from '../src/config/config-schema-json.js';
import { mergeRemoteSettings } from '../src/config/remote-settings.js';
import { suggest } from '../src/config/suggest.js';
import type { RemoteSettings } from '../src/config/types.js';

describe('the JSON schema', () => {
  const schema = configSchemaJson();
  const at = (...path: string[]): JsonSchema =>
    path.reduce((found, step) => (found.properties?.[step] ?? found[step]) as JsonSchema, schema);
  const task = at('pipeline', 'additionalProperties');

  test('knows every key and every other spelling, and nothing else', () => {
    expect(Object.keys(schema.properties ?? {})).toEqual([
      'version',
      'project_id',
      'packages',
      'remote',
      'cache',
      'global',
      'pipeline',
      'overrides',
      'remote_cache',
    ]);
    expect(Object.keys(task.properties ?? {})).toEqual([
      'command',
      'inputs',
      'outputs',
      'depends_on',
      'env',
      'pass_env',
      'dotenv',
      'cache',
      'persistent',
      'timeout',
      'clean',
      'platform',
      'description',
      'dependsOn',
      'depends-on',
      'input_files',
      'env_keys',
      'env_vars',
    ]);
    for (const closed of [schema, task, at('remote'), at('remote_cache'), at('cache'), at('global')]) {
      expect(closed['additionalProperties']).toBe(false);
    }
    expect(at('overrides', 'additionalProperties')).toEqual(task);
  });

  test('describes every key', () => {
    const undescribed: string[] = [];
    const visit = (node: JsonSchema, path: string) => {
      for (const [key, child] of Object.entries(node.properties ?? {})) {
        if (typeof child['description'] !== 'string') undescribed.push(`${path}.${key}`);
        visit(child, `${path}.${key}`);
      }
    };
    visit(schema, '');
    visit(task, 'task');
    expect(undescribed).toEqual([]);
  });

  test('takes what the loader takes: units as text or number, a command in two forms, an empty task', () => {
    expect(task['type']).toEqual(['object', 'null']);
    expect(at('remote', 'timeout')['anyOf']).toEqual([{ type: 'string' }, { type: 'number' }]);
    expect(task.properties?.['command']?.['anyOf']).toMatchObject([
      { type: 'string' },
      { type: 'array', items: { type: 'string' } },
    ]);
    expect(schema).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' });
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });
});

describe('mergeRemoteSettings', () => {
  const file: RemoteSettings = {
    enabled: false,
    tokenSource: 'none',
    readOnly: false,
    maxArtifactSizeBytes: 1,
    timeoutMs: 2,
    upload: 'background',
    publicKeys: [],
  };

  test('what is not given leaves the file as it is', () => {
    expect(mergeRemoteSettings(file, { url: undefined, readOnly: undefined })).toEqual(file);
  });

  test('a url switches the remote cache on, unless that is denied', () => {
    expect(mergeRemoteSettings(file, { url: 'http://h' })).toMatchObject({ enabled: true, url: 'http://h' });
    expect(mergeRemoteSettings(file, { url: 'http://h', enabled: false })).toMatchObject({ enabled: false });
  });

  test('a token counts as one of the environment', () => {
    expect(mergeRemoteSettings({ ...file, token: 'a', tokenSource: 'literal' }, { token: 'b' })).toMatchObject({
      token: 'b',
      tokenSource: 'env',
    });
  });
});

describe('suggest', () => {
  const words = ['outputs', 'depends_on', 'inputs', 'env', 'pass_env'];
  test.each([
    ['ouptuts', 'outputs'],
    ['dependsOn', 'depends_on'],
    ['DEPENDS-ON', 'depends_on'],
    ['imputs', 'inputs'],
    ['passenv', 'pass_env'],
    ['envs', 'env'],
    ['zzz', undefined],
    ['', undefined],
  ])('%s: %s', (word, expected) => {
    expect(suggest(word, words)).toBe(expected);
  });
});
