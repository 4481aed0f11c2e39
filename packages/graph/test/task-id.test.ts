import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  formatDependencySpec,
  formatTaskId,
  isTaskId,
  parseDependencySpec,
  parseTaskId,
  ROOT_PACKAGE,
  splitTaskId,
} from '@velocity/graph';

describe('a task id', () => {
  test.each([
    ['web#build', 'web', 'build'],
    ['@acme/ui#test:unit', '@acme/ui', 'test:unit'],
    ['github.com/acme/api#gen', 'github.com/acme/api', 'gen'],
    ['//#prepare', ROOT_PACKAGE, 'prepare'],
    ['web#build all', 'web', 'build all'],
  ])('%s is a package and a task', (text, packageName, task) => {
    expect(splitTaskId(parseTaskId(text))).toEqual({ package: packageName, task });
    expect(formatTaskId(packageName, task)).toBe(text);
  });

  test.each([
    '',
    'build',
    '#build',
    'web#',
    'web#build#x',
    '^web#build',
    'web#^build',
    ' web#build',
    'web#build\n',
    'a\0#b',
  ])('refuses %j', (text) => {
    expect(isTaskId(text)).toBe(false);
    expect(() => parseTaskId(text)).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }));
  });

  test('is not made of names that could not be read back', () => {
    expect(() => formatTaskId('a#b', 'c')).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }));
    expect(isTaskId(7)).toBe(false);
  });
});

describe('a dependency', () => {
  test.each([
    ['^build', { kind: 'upstream', task: 'build' }],
    ['codegen', { kind: 'same-package', task: 'codegen' }],
    ['proto#gen', { kind: 'task', package: 'proto', task: 'gen' }],
    ['@acme/ui#build', { kind: 'task', package: '@acme/ui', task: 'build' }],
    ['//#prepare', { kind: 'task', package: '//', task: 'prepare' }],
  ])('%s is understood, and written the same way again', (text, spec) => {
    const parsed = parseDependencySpec(text);
    expect(parsed).toEqual({ ok: true, spec });
    expect(parsed.ok && formatDependencySpec(parsed.spec)).toBe(text);
  });

  test.each([
    ['', 'is empty'],
    ['^', 'names no task'],
    ['^^build', 'starts with a "^"'],
    ['^web#build', 'mixes "^" and "#"'],
    ['web#^build', 'starts with a "^"'],
    ['#build', 'names no package before the "#"'],
    ['web#', 'names no task after the "#"'],
    ['web#build#x', 'holds more than one "#"'],
    [' build', 'starts or ends with a space'],
    ['web #build', 'starts or ends with a space'],
    ['bu\tild', 'holds a control character'],
  ])('%j is a problem, not an exception', (text, problem) => {
    expect(parseDependencySpec(text)).toEqual({ ok: false, problem, hint: expect.stringContaining('//#task') });
  });

  test('any text is either understood or a problem', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('^', '#', '/', 'a', 'b', ' ') }), (text) => {
        const parsed = parseDependencySpec(text);
        if (parsed.ok) expect(formatDependencySpec(parsed.spec)).toBe(text);
        else expect(parsed.problem).not.toBe('');
      }),
    );
  });
});
