import { expect, test } from '@jest/globals';
import { tempDir, writeTree, type Tree } from '@velocity/testing';
import { selectOutputs, type Directory } from '@velocity/workspace';

const TREE: Tree = {
  '.gitignore': 'dist\n',
  'outside/x': '',
  'p/dist/a.js': '',
  'p/dist/.hidden': '',
  'p/dist/empty/er': { dir: true },
  'p/dist/link': { link: 'a.js' },
  'p/dist/broken': { link: 'nowhere' },
  'p/dist/out': { link: '../../outside' },
  'p/dist/node_modules/x/i.js': '',
  'p/dist/a.tmp': '',
  'p/node_modules/y/i.js': '',
  'p/.git/i.js': '',
  'p/report.xml': '',
  'p/coverage': { dir: true },
  'p/src/i.js': '',
  'shared/gen/x': '',
};

function select(globs: readonly string[], exclude: readonly string[] = []): readonly string[] {
  using dir = tempDir();
  writeTree(dir.path, TREE);
  return selectOutputs({ root: dir.path, directory: 'p' as Directory, globs, exclude });
}

const DIST = [
  'p/dist/.hidden',
  'p/dist/a.js',
  'p/dist/a.tmp',
  'p/dist/broken',
  'p/dist/empty/er',
  'p/dist/link',
  'p/dist/node_modules/x/i.js',
  'p/dist/out',
];

test.each([[['dist/**']], [['dist']], [['dist/']], [['./dist/**/*', 'dist']]])(
  '%j selects all that is there: ignored, hidden, links, empty folders',
  (globs) => {
    expect(select(globs)).toEqual(DIST);
  },
);

test.each<[string, string[], string[]]>([
  [
    'negation takes away',
    ['dist/**', '!dist/**/*.tmp', '!dist/empty/**', '!dist/node_modules'],
    ['p/dist/.hidden', 'p/dist/a.js', 'p/dist/broken', 'p/dist/link', 'p/dist/out'],
  ],
  ['a file is an output', ['report.xml', 'gone.xml'], ['p/report.xml']],
  ['an empty folder is one', ['coverage'], ['p/coverage']],
  ['and by a glob of its content', ['coverage/**'], ['p/coverage']],
  ['$ROOT/ leaves the package', ['$ROOT/shared/gen/**'], ['shared/gen/x']],
  ['a glob that begins with a wildcard leaves node_modules and .git alone', ['**/i.js'], ['p/src/i.js']],
  ['nothing behind a link is an output', ['dist/out/x', 'dist/out/**'], ['p/dist/out']],
  ['negative globs alone select nothing', ['!dist'], []],
  ['no globs select nothing', [], []],
])('%s', (_, globs, expected) => {
  expect(select(globs)).toEqual(expected);
});

test('other packages are left alone unless they are named', () => {
  expect(select(['**/i.js'], ['p/src'])).toEqual([]);
  expect(select(['src/*.js'], ['p', 'p/src'])).toEqual(['p/src/i.js']);
});
