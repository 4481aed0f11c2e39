import { describe, expect, test } from '@jest/globals';
import { tempDir, writeTree } from '@velocity/testing';
import { loadPackageConfig } from '../src/config/load-package-config.js';

function load(yaml: string) {
  using dir = tempDir();
  writeTree(dir.path, { 'packages/ui/velocity.yml': yaml });
  return loadPackageConfig({ root: dir.path, directory: 'packages/ui' });
}

describe("a package's velocity.yml", () => {
  test('is read with the place of everything it names', () => {
    const result = load(
      'name: ui\nlanguage: proto\ndeps: [schema, "@acme/x"]\ntags: [web]\npipeline:\n  gen:\n    command: protoc\n    depends_on: [$INHERIT, "^gen"]\n',
    );
    const file = 'packages/ui/velocity.yml';
    expect(result).toEqual({
      ok: true,
      config: {
        file,
        directory: 'packages/ui',
        name: 'ui',
        language: 'proto',
        deps: [
          { text: 'schema', origin: { file, line: 3, column: 8 } },
          { text: '@acme/x', origin: { file, line: 3, column: 16 } },
        ],
        tags: ['web'],
        extendsRoot: true,
        pipeline: new Map([
          [
            'gen',
            {
              command: { kind: 'shell', text: 'protoc' },
              dependsOn: [
                { text: '$INHERIT', keyedBy: 'key', origin: { file, line: 8, column: 18 } },
                { text: '^gen', keyedBy: 'key', origin: { file, line: 8, column: 28 } },
              ],
              origin: { file, line: 6, column: 3 },
            },
          ],
        ]),
      },
    });
  });

  test('extends the root unless it says extends: []', () => {
    expect(load('version: 1')).toMatchObject({ config: { extendsRoot: true } });
    expect(load('extends: ["//"]')).toMatchObject({ config: { extendsRoot: true } });
    expect(load('extends: []')).toMatchObject({ config: { extendsRoot: false } });
  });

  test('is absent where there is none, and for the root itself', () => {
    using dir = tempDir();
    writeTree(dir.path, { 'velocity.yml': 'remote: {}', 'packages/ui/x': '' });
    expect(loadPackageConfig({ root: dir.path, directory: 'packages/ui' })).toEqual({ ok: true });
    expect(loadPackageConfig({ root: dir.path, directory: '' })).toEqual({ ok: true });
  });

  test.each([
    [
      'a setting of the root',
      'remote: {}',
      '1:1: unknown key "remote"',
      'this belongs into the velocity.yml of the workspace root',
    ],
    [
      'a task of another package',
      'pipeline:\n  a#b: {}',
      '2:3: pipeline: "a#b" names a package, but this file speaks of one only',
      'write the task alone, or move the entry to the root file',
    ],
    ['another base', 'extends: [web]', '1:11: extends[0]: expected "//", found "web"', undefined],
    ['two bases', 'extends: ["//", "//"]', '1:10: extends: there is one root', undefined],
    [
      '$INHERIT of nothing',
      'extends: []\npipeline: { a: { env: [$INHERIT] } }',
      '2:24: there is nothing to inherit here',
      'leave $INHERIT out',
    ],
    ['a misspelt key', 'nam: x', '1:1: unknown key "nam"', 'did you mean "name"?'],
  ])('%s is a mistake', (_name, yaml, expected, hint) => {
    const result = load(yaml);
    const found = result.ok ? [] : result.diagnostics;
    expect(found.map((d) => [`${d.file}:${d.line}:${d.column}: ${d.message}`, d.hint])).toEqual([
      [`packages/ui/velocity.yml:${expected}`, hint],
    ]);
    expect(result).toMatchObject({ source: yaml });
  });
});
