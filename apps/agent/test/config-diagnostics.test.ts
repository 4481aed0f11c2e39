import { describe, expect, test } from '@jest/globals';
import { tempDir, writeTree } from '@velocity/testing';
import fc from 'fast-check';
import { formatDiagnostic } from '../src/config/format-diagnostic.js';
import { loadConfig } from '../src/config/load-config.js';
import type { Diagnostic } from '../src/config/types.js';

function diagnose(yaml: string | Uint8Array, env: Record<string, string> = {}): readonly Diagnostic[] {
  using dir = tempDir();
  writeTree(dir.path, { 'velocity.yml': yaml });
  const result = loadConfig({ root: dir.path, env });
  return result.ok ? [] : result.diagnostics;
}

function lines(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(
    ({ file, line, column, message, hint }) =>
      `${file}:${line}:${column}: ${message}${hint === undefined ? '' : ` [${hint}]`}`,
  );
}

const task = (settings: string) => `pipeline:\n  build:\n    ${settings}\n`;
const KNOWN_ROOT = 'version, project_id, packages, remote, cache, global, pipeline, overrides';

describe('one mistake is one diagnostic at its place', () => {
  test.each<[string, string, string]>([
    // Syntax.
    ['an open bracket', 'a: [1,\n', '2:1: deficient indentation'],
    ['a tab as indentation', 'pipeline:\n\t- x', '2:1: tab characters must not be used in indentation'],
    ['a key given twice', 'version: 1\nversion: 1\n', '2:1: the key "version" stands here twice'],
    ['a task given twice', 'pipeline:\n  a:\n  b:\n  a:\n', '4:3: the key "a" stands here twice'],
    ['a tag', 'project_id: !one x', '1:13: unknown scalar tag !<!one>'],
    ['a tag on a collection', 'pipeline: !!set {}', '1:11: tags are not known here [leave the tag out]'],
    [
      'two documents',
      'version: 1\n---\nversion: 1\n',
      '3:1: a second document starts here [one file holds one document]',
    ],
    ['an alias of nothing', 'pipeline: *x', '1:11: *x refers to nothing'],
    ['an alias of itself', task('outputs: &a [*a]'), '3:18: *a refers to itself'],
    ['a key that is a list', '? [a]\n: 1\n', '1:3: a key must be plain text'],
    ['a list at the top', '- a\n', '1:1: expected settings [begin with "version: 1"]'],
    ['a text at the top', 'hello\n', '1:1: expected settings [begin with "version: 1"]'],
    // Keys.
    ['an unknown key', 'versoin: 1', '1:1: unknown key "versoin" [did you mean "version"?]'],
    ['an unknown key far from all', 'xyzzy: 1', `1:1: unknown key "xyzzy" [known here: ${KNOWN_ROOT}]`],
    ['swapped letters', task('ouptuts: []'), '3:5: unknown key "ouptuts" [did you mean "outputs"?]'],
    ['a misspelt alias', task('depndsOn: []'), '3:5: unknown key "depndsOn" [did you mean "depends_on"?]'],
    ["turbo's word", 'tasks: {}', '1:1: unknown key "tasks" [tasks are listed under "pipeline" here]'],
    [
      "turbo's word in a task",
      task('passThroughEnv: []'),
      '3:5: unknown key "passThroughEnv" [this is spelled "pass_env" here]',
    ],
    [
      "Polykit's word in the wrong place",
      'remote:\n  env_vars: []',
      '2:3: unknown key "env_vars" [name the variables under global.env, or env of a task]',
    ],
    [
      'a merge key',
      task('<<: {}'),
      '3:5: unknown key "<<" [merge keys are not part of YAML 1.2; write the settings out]',
    ],
    [
      'a setting in two spellings',
      'pipeline:\n  a:\n    env: []\n    env_keys: []',
      '4:5: "env_keys" is the same setting as "env" above [keep one]',
    ],
    ['a task named __proto__', 'pipeline:\n  __proto__: {}', '2:3: "__proto__" cannot be the name of a task'],
    ['a task named constructor', 'pipeline:\n  constructor: {}', '2:3: "constructor" cannot be the name of a task'],
    ['a key named toString', 'toString: 1', `1:1: unknown key "toString" [known here: ${KNOWN_ROOT}]`],
    ['a task of no package', 'pipeline:\n  "#x": {}', '2:3: pipeline: "#x" is not of the form package#task'],
    [
      'a task named like a dependency',
      'pipeline:\n  ^build: {}',
      '2:3: pipeline: "^build" cannot be the name of a task',
    ],
    ['an override of no package', 'overrides:\n  web: {}', '2:3: overrides: "web" is not of the form package#task'],
    [
      'a task in pipeline and overrides',
      'pipeline:\n  a#b: {}\noverrides:\n  a#b: {}',
      '2:3: "a#b" stands in the overrides too [keep one of the two entries]',
    ],
    // Types.
    [
      'an unknown version',
      'version: 2',
      '1:10: version: this version is not known [write version: 1, or update velocity]',
    ],
    ['a version that is text', 'version: "1"', '1:10: version: expected the number 1, found "1"'],
    ['a text for a mapping', 'remote: yes', '1:9: remote: expected a mapping, found a string'],
    ['a list for a mapping', 'pipeline: []', '1:11: pipeline: expected a mapping, found a list'],
    ['a list for settings', 'remote: [a]', '1:9: remote: expected a mapping, found a list'],
    ['a list for a task', 'pipeline: { a: [] }', '1:16: a: expected a mapping, found a list'],
    ['a text for a mapping of tasks', 'pipeline: x', '1:11: pipeline: expected a mapping of tasks, found "x"'],
    ['a number for a task', 'pipeline:\n  a: 3', '2:6: pipeline.a: expected a mapping, found 3'],
    [
      'a text for a list',
      task('inputs: "src/**"'),
      '3:13: pipeline.build.inputs: expected a list of strings, found "src/**" [write it as a list, in [ ]]',
    ],
    [
      'a number in a list',
      task('env: [A, 1]'),
      '3:14: pipeline.build.env[1]: expected a string, found 1 [put it in quotes]',
    ],
    [
      'nothing in a list',
      task('env:\n      - A\n      -\n'),
      '4:9: pipeline.build.env[1]: expected a string, found nothing',
    ],
    [
      'a list in a list',
      task('outputs: [a, [b]]'),
      '3:18: pipeline.build.outputs[1]: expected a string, found a mapping',
    ],
    ['a number for text', 'project_id: 12', '1:13: project_id: expected a string, found 12 [put it in quotes]'],
    [
      'yes for true',
      task('cache: yes'),
      '3:12: pipeline.build.cache: expected true or false, found "yes" [write true or false]',
    ],
    [
      'an unknown choice',
      'remote: { upload: later }',
      '1:19: remote.upload: expected wait, background or skip, found a string',
    ],
    ['an unknown clean', task('clean: true'), '3:12: pipeline.build.clean: expected auto or false, found true'],
    [
      'an unknown platform',
      'global: { platform: linux }',
      '1:21: global.platform: expected os-arch or any, found "linux"',
    ],
    [
      'a mapping for a command',
      task('command: { linux: a }'),
      '3:14: pipeline.build.command: expected a string or a list of strings, found a mapping',
    ],
    ['an empty command', task('command: ""'), '3:14: pipeline.build.command: this is empty'],
    ['an empty argv', task('command: []'), '3:14: pipeline.build.command: the list is empty'],
    [
      'not a size',
      'cache: { max_size: big }',
      '1:20: cache.max_size: not a size: "big" [write it as 500MB, 1GiB or a number of bytes]',
    ],
    [
      'not a duration',
      task('timeout: 10 parsecs'),
      '3:14: pipeline.build.timeout: not a duration: "10 parsecs" [write it as 250ms, 10s, 20m, 6h, 30d or a number of seconds]',
    ],
    [
      'a negative duration',
      task('timeout: -1'),
      '3:14: pipeline.build.timeout: not a duration: -1 [write it as 250ms, 10s, 20m, 6h, 30d or a number of seconds]',
    ],
    // Texts.
    [
      'an output outside',
      task('outputs: [dist, ../x]'),
      '3:21: pipeline.build.outputs[1]: "../x" leaves the package [name it from the workspace root: $ROOT/…]',
    ],
    [
      'an output outside, by a detour',
      task('outputs: ["a/../../x"]'),
      '3:15: pipeline.build.outputs[0]: "a/../../x" leaves the package [name it from the workspace root: $ROOT/…]',
    ],
    [
      'an output outside of the workspace',
      task('outputs: ["$ROOT/../x"]'),
      '3:15: pipeline.build.outputs[0]: "$ROOT/../x" leaves the workspace',
    ],
    [
      'an absolute output',
      task('outputs: [/tmp/x]'),
      '3:15: pipeline.build.outputs[0]: "/tmp/x" is absolute [paths are relative to the package, or start with $ROOT/]',
    ],
    [
      'an absolute output on Windows',
      task("outputs: ['C:/x']"),
      '3:15: pipeline.build.outputs[0]: "C:/x" is absolute [paths are relative to the package, or start with $ROOT/]',
    ],
    [
      'backslashes',
      task("outputs: ['dist\\x']"),
      '3:15: pipeline.build.outputs[0]: "dist\\\\x" holds a backslash [separate folders with /]',
    ],
    [
      'the package as an output',
      task('outputs: ["**"]'),
      '3:15: pipeline.build.outputs[0]: "**" takes in the sources too [name the folders and files that the task writes]',
    ],
    [
      'the workspace as an output',
      task('outputs: ["$ROOT/."]'),
      '3:15: pipeline.build.outputs[0]: "$ROOT/." takes in the sources too [name the folders and files that the task writes]',
    ],
    [
      'an input outside',
      task('inputs: ["!../x"]'),
      '3:14: pipeline.build.inputs[0]: "!../x" leaves the package [name it from the workspace root: $ROOT/…]',
    ],
    [
      "turbo's notation",
      task('inputs: ["$TURBO_DEFAULT$"]'),
      '3:14: pipeline.build.inputs[0]: "$TURBO_DEFAULT$" is turbo\'s notation [write $ROOT/, $DEFAULT or $INHERIT]',
    ],
    [
      'an impossible dependency',
      task('depends_on: ["^a#b"]'),
      '3:18: pipeline.build.depends_on[0]: "^a#b" is not a dependency [the forms are task, ^task, package#task and //#task]',
    ],
    [
      'an empty dependency',
      task('depends_on: [""]'),
      '3:18: pipeline.build.depends_on[0]: "" is not a dependency [the forms are task, ^task, package#task and //#task]',
    ],
    [
      'a value in env',
      task('env: [A=1]'),
      '3:11: pipeline.build.env[0]: "A=1" gives a value [list names only; values come from the environment]',
    ],
    ['a $ in env', task('env: [$A]'), '3:11: pipeline.build.env[0]: "$A" is not a name [write it without $]'],
    [
      '$INHERIT with nothing below',
      task('env: [$INHERIT]'),
      '3:11: there is nothing to inherit here [leave $INHERIT out]',
    ],
    [
      '~ in the cache folder',
      'cache: { dir: ~/x }',
      '1:15: cache.dir: ~ is not expanded [write an absolute path, or one relative to this file]',
    ],
    [
      'a url of another kind',
      'remote: { url: "ftp://h" }',
      '1:16: remote.url: this is not an http address [write it as https://cache.example.com]',
    ],
    [
      'no url',
      'remote: { url: "cache" }',
      '1:16: remote.url: this is not an address [write it as https://cache.example.com]',
    ],
    [
      'a mistake behind an alias, at its anchor, once',
      'pipeline:\n  a: &t { env: [A=1] }\n  b: *t\n',
      '2:17: pipeline.a.env[0]: "A=1" gives a value [list names only; values come from the environment]',
    ],
    ['CR line ends', 'version: 1\rpipelin: {}\r', '2:1: unknown key "pipelin" [did you mean "pipeline"?]'],
    [
      'a block scalar',
      task('cache: |\n      true\n'),
      '3:12: pipeline.build.cache: expected true or false, found "true\\n"',
    ],
  ])('%s', (name, yaml, expected) => {
    const found = lines(diagnose(yaml));
    expect(found[0]).toBe(`velocity.yml:${expected}`);
    // The alias stands in two tasks, whose paths differ; the place is one.
    if (!name.includes('alias')) expect(found).toHaveLength(1);
  });

  test('all mistakes are reported at once, in the order of the file', () => {
    const yaml =
      'version: 3\npipeline:\n  a: { cach: true, outputs: [/x] }\n  a: {}\nremote: { timeout: x }\nbogus: 1\n';
    expect(lines(diagnose(yaml)).map((line) => line.split(': ')[0])).toEqual([
      'velocity.yml:1:10',
      'velocity.yml:3:8',
      'velocity.yml:3:30',
      'velocity.yml:4:3',
      'velocity.yml:5:20',
      'velocity.yml:6:1',
    ]);
  });
});

describe('a file that cannot be read', () => {
  test('an absent file is told apart from a broken one', () => {
    using dir = tempDir();
    const result = loadConfig({ root: dir.path, env: {} });
    expect(result).toMatchObject({
      ok: false,
      reason: 'absent',
      diagnostics: [{ file: 'velocity.yml', message: 'this file does not exist' }],
    });
  });

  test('both endings at once are a mistake', () => {
    using dir = tempDir();
    writeTree(dir.path, { 'velocity.yml': '', 'velocity.yaml': '' });
    expect(loadConfig({ root: dir.path, env: {} })).toMatchObject({
      reason: 'invalid',
      diagnostics: [{ message: 'velocity.yaml stands beside it', hint: 'keep one of velocity.yml and velocity.yaml' }],
    });
  });

  test('a folder of that name is a diagnostic', () => {
    using dir = tempDir();
    writeTree(dir.path, { 'velocity.yml': { dir: true } });
    expect(loadConfig({ root: dir.path, env: {} })).toMatchObject({
      reason: 'invalid',
      diagnostics: [{ line: 1, column: 1 }],
    });
  });

  test('bytes that are not UTF-8 are a diagnostic', () => {
    expect(diagnose(Uint8Array.of(0x61, 0x3a, 0x20, 0xff))).toHaveLength(1);
  });
});

describe('formatDiagnostic', () => {
  const at = (line: number, column: number): Diagnostic => ({
    file: 'velocity.yml',
    line,
    column,
    message: 'bad',
    hint: 'mend it',
  });

  test('prints place, line, caret and hint', () => {
    expect(formatDiagnostic(at(2, 3), 'version: 1\n  a: b\n')).toBe(
      ['velocity.yml:2:3: bad', '  2 |   a: b', '    |   ^', '  hint: mend it'].join('\n'),
    );
  });

  test('prints place and hint without a source', () => {
    expect(formatDiagnostic(at(2, 3))).toBe('velocity.yml:2:3: bad\n  hint: mend it');
  });

  test('keeps the caret in place behind tabs, and in a very long line', () => {
    expect(formatDiagnostic(at(1, 3), '\t\tx')).toContain('\n  1 |   x\n    |   ^');
    const [, line = '', caret = ''] = formatDiagnostic(at(1, 1000), `${'a'.repeat(999)}B${'c'.repeat(999)}`).split(
      '\n',
    );
    expect(line[caret.indexOf('^')]).toBe('B');
    expect(line.length).toBeLessThan(140);
  });

  test('stars out a token, and shows a reference to one', () => {
    for (const line of [
      '  token: s3cret',
      '  token: "s3cret" # x',
      '{ url: x, token: s3cret, upload: 3 }',
      '  token: &a s3cret',
    ]) {
      expect(formatDiagnostic(at(1, 1), line)).not.toContain('s3cret');
    }
    expect(formatDiagnostic(at(1, 1), '  token: "${VC_AUTH_TOKEN}" # here')).toContain('${VC_AUTH_TOKEN}');
  });

  test('no message repeats what may be a secret', () => {
    const yaml =
      'remote: { url: "nope://user:s3cret@h", token: [s3cret], upload: s3cret, enabled: s3cret, timeout: 3s }';
    for (const diagnostic of diagnose(yaml)) expect(diagnostic.message).not.toContain('s3cret');
  });
});

describe('whatever stands in the file', () => {
  const word = fc.constantFrom(
    'version',
    'remote',
    'pipeline',
    'overrides',
    'build',
    'outputs',
    'depends_on',
    'token',
    '__proto__',
    'a#b',
    '^a',
    '$INHERIT',
    '${X}',
    '*a',
    '&a',
    '!t',
    '|',
    '"',
    "'",
    '[',
    ']',
    '{',
    '}',
    ',',
    ': ',
    '- ',
    '? ',
    '#',
    '\n',
    '\n  ',
    '\n    ',
    '\t',
    '---\n',
    '1',
    '~',
    '<<',
    'dist',
    '../x',
    '\u0000',
    '\ud800',
    '😀',
  );
  const soup = fc.array(word, { maxLength: 40 }).map((words) => words.join(''));
  const document = fc.json({ maxDepth: 6 });

  test('it is loaded or diagnosed, never thrown, and every place is inside of the file', () => {
    using dir = tempDir();
    fc.assert(
      fc.property(fc.oneof(soup, document, fc.string({ unit: 'binary' })), (yaml) => {
        writeTree(dir.path, { 'velocity.yml': yaml });
        const result = loadConfig({ root: dir.path, env: { X: 'x' } });
        if (result.ok) return;
        expect(result.diagnostics.length).toBeGreaterThan(0);
        for (const diagnostic of result.diagnostics) {
          const count = yaml.split(/\r\n|\n|\r/).length;
          expect(diagnostic.line).toBeGreaterThanOrEqual(1);
          expect(diagnostic.line).toBeLessThanOrEqual(count);
          expect(diagnostic.column).toBeGreaterThanOrEqual(1);
          formatDiagnostic(diagnostic, yaml);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('aliases of aliases do not grow without bound', () => {
    const levels = Array.from({ length: 40 }, (_, i) => `  t${i}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`).join('\n');
    expect(diagnose(`project_id: &a0 x\npipeline:\n${levels}\n`).length).toBe(40);
  });

  test('deep nesting is a diagnostic', () => {
    expect(diagnose(`pipeline: ${'['.repeat(5000)}`)).toHaveLength(1);
  });
});
