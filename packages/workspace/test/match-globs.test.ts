import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { tempDir, writeTree, type Tree } from '@velocity/testing';
import { compileGlobs, listFiles, matchGlobs, type Directory, type GlobMatches } from '@velocity/workspace';

const TREE: Tree = {
  '.gitignore': 'dist\n*.gen.ts\n.env\n',
  'tsconfig.base.json': '',
  'proto/a.proto': '',
  'p/package.json': '',
  'p/readme.md': '',
  'p/.env': '',
  'p/.hidden/x.ts': '',
  'p/src/a.ts': '',
  'p/src/a.test.ts': '',
  'p/src/deep/b.ts': '',
  'p/src/api.gen.ts': '',
  'p/dist/out.js': '',
  'p/dist/node_modules/y/index.js': '',
  'p/node_modules/x/index.js': '',
  'p/link.ts': { link: 'src/a.ts' },
  'p/linked': { link: 'src' },
  'p/broken': { link: 'nowhere' },
  'p/nested/package.json': '',
  'p/nested/src/n.ts': '',
};

function match(
  globs: readonly string[],
  tree = TREE,
  directory = 'p',
  exclude: readonly string[] = ['p', 'p/nested'],
): GlobMatches {
  using dir = tempDir();
  writeTree(dir.path, tree);
  return matchGlobs({ root: dir.path, directory: directory as Directory, globs, exclude });
}

test.each<[string, string[], string[]]>([
  ['globs are relative to the package', ['src/**'], ['p/src/a.test.ts', 'p/src/a.ts', 'p/src/deep/b.ts']],
  ['one star stays in its folder', ['src/*.ts'], ['p/src/a.test.ts', 'p/src/a.ts']],
  ['negation takes away', ['src/**', '!**/*.test.ts'], ['p/src/a.ts', 'p/src/deep/b.ts']],
  ['order counts', ['!**/*.test.ts', 'src/*.ts'], ['p/src/a.test.ts', 'p/src/a.ts']],
  ['a later glob brings back', ['src/**', '!src/**', 'src/deep/**'], ['p/src/deep/b.ts']],
  [
    '$ROOT/ leads to the workspace',
    ['$ROOT/proto/**', '$ROOT/tsconfig.base.json'],
    ['proto/a.proto', 'tsconfig.base.json'],
  ],
  ['$ROOT/ may be negative', ['src/*.ts', '!$ROOT/p/src/a.ts'], ['p/src/a.test.ts']],
  ['$ROOT/ reaches into other packages', ['$ROOT/p/nested/**/*.ts'], ['p/nested/src/n.ts']],
  ['other globs do not', ['**/n.ts'], []],
  ['unless they name its folder', ['nested/**/*.ts'], ['p/nested/src/n.ts']],
  ['names that start with a dot match', ['**/x.ts'], ['p/.hidden/x.ts']],
  ['a folder means everything below', ['src/deep', './proto/../x'.slice(0, 2) + 'src/deep/'], ['p/src/deep/b.ts']],
  ['an ignored file is selected when it is named', ['.env', 'src/api.gen.ts'], ['p/.env', 'p/src/api.gen.ts']],
  ['but not by a wildcard', ['.e*', 'src/*.gen.ts'], []],
  ['an ignored folder is entered when a glob starts with it', ['dist/**'], ['p/dist/out.js']],
  ['or is it', ['dist'], ['p/dist/out.js']],
  [
    'node_modules is entered only when it is named',
    ['node_modules/x/**', '**/index.js'],
    ['p/node_modules/x/index.js'],
  ],
  ['links are not followed', ['l*', 'broken', 'linked/**'], ['p/broken', 'p/link.ts', 'p/linked']],
  ['a file behind a link is there when it is named', ['linked/a.ts'], ['p/linked/a.ts']],
  ['braces and extglobs', ['{package.json,src/@(a|z).ts}'], ['p/package.json', 'p/src/a.ts']],
  ['the empty list selects nothing', [], []],
])('%s', (_, globs, expected) => {
  expect(match(globs)).toEqual({ files: expected, missing: [] });
});

test('$DEFAULT is every file that git does not ignore, and what negative globs alone take away from', () => {
  using dir = tempDir();
  writeTree(dir.path, TREE);
  const options = { root: dir.path, directory: 'p' as Directory, exclude: ['p/nested'] };
  const all = listFiles(options);
  expect(matchGlobs({ ...options, globs: ['$DEFAULT'] }).files).toEqual(all);
  const withoutMarkdown = all.filter((path) => !path.endsWith('.md'));
  expect(withoutMarkdown).toHaveLength(all.length - 1);
  expect(matchGlobs({ ...options, globs: ['$DEFAULT', '!**/*.md'] }).files).toEqual(withoutMarkdown);
  expect(matchGlobs({ ...options, globs: ['!**/*.md'] }).files).toEqual(withoutMarkdown);
  expect(matchGlobs({ ...options, globs: ['$DEFAULT', '$ROOT/proto/a.proto'] }).files).toEqual([
    ...all,
    'proto/a.proto',
  ]);
});

test('a literal path that is not there is missing; a glob without a match is not', () => {
  expect(
    match(['gone.json', 'src/none/*.ts', 'also/gone', '$ROOT/no.txt', 'dropped', '!dropped', 'src/a.ts/x']),
  ).toEqual({
    files: [],
    missing: ['no.txt', 'p/also/gone', 'p/gone.json', 'p/src/a.ts/x'],
  });
});

test('names with brackets, parentheses, braces, spaces, line breaks and other scripts can be matched', () => {
  const tree = {
    'app/[slug]/page.tsx': '',
    'app/(shop)/cart.tsx': '',
    'app/[...all]/x y\nz.tsx': '',
    'app/s/page.tsx': '',
    'app/日本/ü.tsx': '',
    'app/{a}/q.tsx': '',
    'app/!x': '',
    'app/a+b/$c^.tsx': '',
  };
  const files = (glob: string): readonly string[] => match([glob], tree, 'app', []).files;
  expect(files('[slug]/page.tsx')).toEqual(['app/[slug]/page.tsx', 'app/s/page.tsx']);
  expect(files('\\[slug\\]/*')).toEqual(['app/[slug]/page.tsx']);
  expect(files('(shop)/**')).toEqual(['app/(shop)/cart.tsx']);
  expect(files('[...all]/**')).toEqual(['app/[...all]/x y\nz.tsx']);
  expect(files('**/*z.tsx')).toEqual(['app/[...all]/x y\nz.tsx']);
  expect(files('日本/*')).toEqual(['app/日本/ü.tsx']);
  expect(files('\\{a\\}/q.tsx')).toEqual(['app/{a}/q.tsx']);
  expect(files('\\!x')).toEqual(['app/!x']);
  expect(files('a+b/$c^.tsx')).toEqual(['app/a+b/$c^.tsx']);
});

test.each(['/etc/passwd', '../x', 'src/../../x', '$ROOT/../x', '!/x', 'a\0b'])('glob %j is refused', (glob) => {
  expect(() => match([glob])).toThrow(expect.objectContaining({ code: 'PATH_INVALID' }));
  expect(() => compileGlobs([glob], { directory: '' })).toThrow(expect.objectContaining({ code: 'PATH_INVALID' }));
});

test('only the folders that globs name are read', () => {
  using dir = tempDir();
  writeTree(dir.path, { 'p/src/a.ts': '', 'p/package.json': '', 'p/huge/deep/x.json': '' });
  // A name that cannot be read shows whether its folder was looked into.
  writeTree(dir.path, { 'p/huge/\uFFFD': { link: 'nowhere' } });
  const options = { root: dir.path, directory: 'p' as Directory };
  expect(matchGlobs({ ...options, globs: ['src/**', 'package.json', '*.json'] }).files).toEqual([
    'p/package.json',
    'p/src/a.ts',
  ]);
});

test('compileGlobs asks the same questions of paths that need not exist', () => {
  const outputs = compileGlobs(['dist/**', '!dist/**/*.tmp', 'report.xml', '$ROOT/shared/*'], {
    directory: 'p' as Directory,
  });
  const accepted = ['p/dist', 'p/dist/a', 'p/dist/.x/b', 'p/report.xml', 'p/report.xml/x', 'shared/a'];
  const refused = ['dist/a', 'p/dist/x.tmp', 'p/dist/a/x.tmp', 'p/distant/a', 'p/report.xmlx', 'shared/a/b', 'p', ''];
  expect(accepted.filter((path) => !outputs.matches(path))).toEqual([]);
  expect(refused.filter((path) => outputs.matches(path))).toEqual([]);
  expect(compileGlobs([], { directory: '' }).matches('a')).toBe(false);
  expect(compileGlobs(['!a'], { directory: '' }).matches('b')).toBe(false);
  expect(compileGlobs(['$DEFAULT', '!a'], { directory: '' }).matches('b')).toBe(true);
});

test('walking from the literal starts of globs finds what matching every file finds', () => {
  using dir = tempDir();
  const segments = ['a', 'b', 'c.ts'];
  const paths = segments.flatMap((one) =>
    ['a', 'b'].flatMap((two) => segments.map((three) => `${one === 'c.ts' ? 'd' : one}/${two}/${three}.x`)),
  );
  writeTree(dir.path, Object.fromEntries(paths.map((path) => [path, ''])));
  const all = listFiles({ root: dir.path, directory: '' });
  const glob = fc
    .tuple(
      fc.constantFrom('', '!', ''),
      fc.array(fc.constantFrom('a', 'b', 'd', '*', '**', '[ab]', '{a,d}', '?', '{a/b,d}'), {
        minLength: 1,
        maxLength: 3,
      }),
      fc.constantFrom('', '/*.x', '/**', '/a.x'),
    )
    .map(([sign, parts, end]) => `${sign}${parts.join('/')}${end}`);
  fc.assert(
    fc.property(fc.array(glob, { minLength: 1, maxLength: 5 }), (globs) => {
      const compiled = compileGlobs(globs.every((text) => text.startsWith('!')) ? ['$DEFAULT', ...globs] : globs, {
        directory: '',
      });
      expect(matchGlobs({ root: dir.path, directory: '', globs }).files).toEqual(
        all.filter((path) => compiled.matches(path)),
      );
    }),
    { numRuns: 300 },
  );
});

test('of ordered globs the last one that matches decides', () => {
  const glob = fc.constantFrom('a', 'a/**', '**/b', '*/c', '!a', '!**/b', '!a/*', '!*');
  const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(fc.array(glob, { maxLength: 6 }), path, (globs, candidate) => {
      const one = (text: string): boolean =>
        compileGlobs([text.replace('!', '')], { directory: '' }).matches(candidate);
      const last = globs.findLast(one);
      expect(compileGlobs(globs, { directory: '' }).matches(candidate)).toBe(
        last !== undefined && !last.startsWith('!'),
      );
    }),
  );
});

test('whatever the text of a glob, it compiles or is refused by its name', () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab/.*?[]{}()!@+|,\\$^- \n'.split('')), maxLength: 12 });
  fc.assert(
    fc.property(text, fc.string(), (glob, path) => {
      try {
        compileGlobs([glob], { directory: '' }).matches(path);
      } catch (error) {
        expect(error).toMatchObject({ code: 'PATH_INVALID' });
      }
    }),
    { numRuns: 2000 },
  );
});
