import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePackageFilter, selectPackages } from '@velocity/graph';

const packages = [
  { name: '//', directory: '' },
  { name: '@acme/web', directory: 'apps/web', dependencies: ['@acme/ui', 'api', 'react'] },
  { name: 'api', directory: 'apps/api', dependencies: ['date-utils'] },
  { name: 'e2e', directory: 'apps/web/e2e', dependencies: ['@acme/web'] },
  { name: '@acme/ui', directory: 'packages/ui', dependencies: ['@acme/date-utils'] },
  { name: '@acme/date-utils', directory: 'packages/date-utils' },
  { name: 'date-utils', directory: 'crates/date-utils' },
  { name: 'github.com/acme/gen', directory: 'tools/gen.v2' },
];
const all = packages.map(({ name }) => name);
const below = (...names: string[]): string[] => all.filter((name) => names.includes(name));

describe('filters', () => {
  const cases: [string, string[], string[], string?][] = [
    ['none: everything', [], all],
    ['a name', ['api'], ['api']],
    ['the root', ['//'], ['//']],
    ['a name that looks like a path', ['github.com/acme/gen'], ['github.com/acme/gen']],
    ['a name that only one scope has', ['ui'], ['@acme/ui']],
    ['a name before the same one in a scope', ['date-utils'], ['date-utils']],
    ['a scope', ['@acme/*'], below('@acme/web', '@acme/ui', '@acme/date-utils')],
    ['the end of a name, in any scope', ['*-utils'], below('@acme/date-utils', 'date-utils')],
    ['everything', ['*'], all],
    ['a directory', ['./apps/web'], ['@acme/web']],
    ['a directory with a slash at its end', ['./apps/web/'], ['@acme/web']],
    ['a directory as Windows completes it', ['.\\apps\\web'], ['@acme/web']],
    ['the directories in one', ['{apps/*}'], below('@acme/web', 'api')],
    ['the directories in one, the other way', ['./apps/*'], below('@acme/web', 'api')],
    ['the directories below one', ['./apps/**'], below('@acme/web', 'api', 'e2e')],
    ['a directory and what is below it', ['./apps/web/**'], below('@acme/web', 'e2e')],
    ['directories at any depth', ['./**/e2e'], ['e2e']],
    ['one character of a directory', ['{apps/a?i}'], ['api']],
    ['a dot that is only a dot', ['{tools/gen?v2}', '!{tools/gen.v*}'], []],
    ['stars in a row', ['*a*****i'], below('@acme/ui', 'api')],
    ['a directory from where the caller stands', ['./web'], ['@acme/web'], 'apps'],
    ['a directory beside the one where the caller stands', ['{../packages/ui}'], ['@acme/ui'], 'apps'],
    ['the directory where the caller stands', ['.'], ['api'], 'apps/api'],
    ['the directory above', ['..'], ['@acme/web'], 'apps/web/e2e'],
    ['the root as a directory', ['.'], ['//']],
    ['a name within a directory', ['@acme/*{packages/*}'], below('@acme/ui', '@acme/date-utils')],
    ['several, added', ['api', 'ui'], below('api', '@acme/ui')],
    ['several, without one', ['@acme/*', '!ui'], below('@acme/web', '@acme/date-utils')],
    ['an exclusion before what it takes from', ['!ui', '@acme/*'], below('@acme/web', '@acme/date-utils')],
    ['only an exclusion', ['!./apps/**'], all.filter((name) => !['@acme/web', 'api', 'e2e'].includes(name))],
    ['an exclusion with a wildcard that matches nothing', ['api', '!*-none'], ['api']],
    ['everything taken away', ['api', '!api'], []],
    ['dependencies', ['@acme/web...'], below('@acme/web', 'api', '@acme/ui', '@acme/date-utils', 'date-utils')],
    ['only dependencies', ['api^...'], ['date-utils']],
    ['no dependencies to have', ['date-utils^...'], []],
    ['dependents', ['...@acme/ui'], below('@acme/web', 'e2e', '@acme/ui')],
    ['only dependents', ['...^@acme/ui'], below('@acme/web', 'e2e')],
    ['both', ['...@acme/ui...'], below('@acme/web', 'e2e', '@acme/ui', '@acme/date-utils')],
    ['both without itself', ['...^@acme/ui...'], below('@acme/web', 'e2e', '@acme/date-utils')],
    ['dependencies of directories', ['{./apps/api}...'], below('api', 'date-utils')],
    ['dependents of a directory', ['..../packages/ui'], below('@acme/web', 'e2e', '@acme/ui')],
    ['an exclusion of dependents', ['*', '!...api'], all.filter((name) => !['@acme/web', 'api', 'e2e'].includes(name))],
  ];
  test.each(cases)('%s', (_name, filters, expected, ...[cwd]) => {
    expect(selectPackages(filters, packages, cwd)).toEqual({ ok: true, names: expected });
  });

  const broken: [string, object][] = [
    ['', { kind: 'malformed' }],
    ['!', { kind: 'malformed' }],
    ['...', { kind: 'malformed' }],
    ['{}', { kind: 'malformed' }],
    ['{apps', { kind: 'malformed' }],
    ['{apps/{web,api}}', { kind: 'malformed' }],
    ['./apps{web}', { kind: 'malformed' }],
    ['../x', { kind: 'malformed', message: expect.stringContaining('outside') }],
    ['{/etc}', { kind: 'malformed', message: expect.stringContaining('outside') }],
    ['[main]', { kind: 'unsupported', message: expect.stringContaining('comes later') }],
    ['...[HEAD^1]', { kind: 'unsupported' }],
    ['[main...HEAD]', { kind: 'unsupported' }],
    ['@acme/*...[main]', { kind: 'unsupported' }],
    ['aip', { kind: 'no-match', suggestions: ['api'] }],
    ['!aip', { kind: 'no-match', suggestions: ['api'] }],
    ['@acme/uii', { kind: 'no-match', suggestions: ['@acme/ui'] }],
    ['@acne/date-utils', { kind: 'no-match', suggestions: ['@acme/date-utils', 'date-utils'] }],
    ['@other/*', { kind: 'no-match' }],
    ['./app/web', { kind: 'no-match', suggestions: ['./apps/web'] }],
    ['./none/**', { kind: 'no-match' }],
    ['API', { kind: 'no-match', suggestions: ['api'] }],
  ];
  test.each(broken)('%j is a problem', (filter, problem) => {
    expect(selectPackages([filter], packages)).toMatchObject({ ok: false, problems: [{ filter, ...problem }] });
  });

  test('are all looked at before the problems are told', () => {
    const result = selectPackages(['api', 'nope', '[main]', './nowhere'], packages);
    expect(result.ok ? [] : result.problems.map(({ kind }) => kind)).toEqual(['no-match', 'unsupported', 'no-match']);
  });

  test('that find a name in two scopes choose neither', () => {
    const twins = ['@a/x', '@b/x'].map((name) => ({ name, directory: name }));
    expect(selectPackages(['x'], twins)).toMatchObject({ ok: false, problems: [{ suggestions: ['@a/x', '@b/x'] }] });
  });

  test('follow packages that depend on each other to the end', () => {
    const circle = ['a', 'b', 'c'].map((name, index) => ({
      name,
      directory: `./${name}`,
      dependencies: [['b', 'c', 'a'][index] as string],
    }));
    expect(selectPackages(['a...'], circle)).toEqual({ ok: true, names: ['a', 'b', 'c'] });
    expect(selectPackages(['...^./a'], circle)).toEqual({ ok: true, names: ['b', 'c'] });
  });

  test('never throw, and read back what they were given', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('!', '.', '^', '{', '}', '[', ']', '/', '*', '?', '\\', '@', 'a') }),
        (text) => {
          const parsed = parsePackageFilter(text, 'a');
          if (parsed.ok) expect(parsed.filter.name ?? parsed.filter.directory).toBeDefined();
          else expect(parsed.problem.filter).toBe(text);
          selectPackages([text], packages, 'a');
        },
      ),
      { numRuns: 1000 },
    );
  });
});
