import { expect, test } from '@jest/globals';
import { reachableScripts } from '../src/plan/reachable-scripts.js';

const SCRIPTS = {
  build: 'vite build',
  'build:css': 'sass',
  'build:js': 'tsc',
  lint: 'eslint',
  prelint: 'npm run types',
  types: 'tsc --noEmit',
  test: 'jest',
  'watch-a': 'x',
  prepare: 'husky',
  start: 'node .',
  stop: 'x',
};

function reached(text: string, more: Record<string, unknown> = {}): string[] {
  const { scripts } = reachableScripts({ text, task: 'nothing', documents: [{ scripts: SCRIPTS, ...more }] });
  return [...scripts].filter((name) => name !== 'nothing').sort();
}

const ALL = Object.keys(SCRIPTS).sort();

test.each<[string, readonly string[]]>([
  ['tsc -b', []],
  ['eslint . --max-warnings 0', []],
  ['vite --build', []],
  ['pnpm -r run lint', ['lint', 'prelint', 'prepare', 'types']],
  ['turbo run types', ['types']],
  ['node --run types', ['types']],
  ['concurrently "npm:types" "npm:watch-*"', ['prepare', 'types', 'watch-a']],
  ['run-s build:*', ['build', 'build:css', 'build:js']],
  ['run-p "build:{css,js}"', ['build', 'build:css', 'build:js']],
  ['pnpm run "/^watch-.*/"', ['prepare', 'watch-a']],
  ['pnpm run "/(/"', ALL],
  ['nx run solo:types:production', ['types']],
  ['npm t', ['prepare', 'test']],
  ['npm restart', ['prepare', 'start', 'stop']],
  ['npm run $SCRIPT', ALL],
  ['npm run build:$TARGET', ALL],
  ['npm run `cat which`', ALL],
  ['run-s *', ALL],
  ['echo $HOME && cat src/* && tsc', []],
  ['cp src/**/*.css dist', []],
])('%s', (text, expected) => {
  expect(reached(text)).toEqual(expected);
});

test("what a program starts by its own field of package.json is reached through the program's name", () => {
  const wireit = { all: { dependencies: ['types'] } };
  expect(reached('wireit', { wireit })).toEqual(['types']);
  expect(reached('tsc', { wireit })).toEqual([]);
});

test('names that every object has are no scripts', () => {
  expect(reached('toString constructor __proto__')).toEqual([]);
});
