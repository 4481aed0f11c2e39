import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const source = fileURLToPath(new URL('../src', import.meta.url));

/** All that a module pulls in: its own files, and packages by name. */
function importsOf(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, specifier = ''] of readFileSync(join(source, file), 'utf8').matchAll(/(?:from|import) '([^']+)'/g)) {
    if (specifier.startsWith('.')) importsOf(normalize(join(dirname(file), specifier.replace(/\.js$/, '.ts'))), seen);
    else seen.add(specifier);
  }
  return seen;
}

const isAws = (name: string): boolean => name.startsWith('@aws-sdk/');

test('only the sub path s3 loads the AWS SDK', () => {
  expect([...importsOf('index.ts')].filter(isAws)).toEqual([]);
  expect([...importsOf('conformance/index.ts')].filter(isAws)).toEqual([]);
  expect([...importsOf('s3/index.ts')].filter(isAws)).toEqual(['@aws-sdk/client-s3']);
});

test('no source file is out of reach of the three entry points', () => {
  const reached = new Set(
    ['index.ts', 'conformance/index.ts', 's3/index.ts'].flatMap((entry) => [...importsOf(entry)]),
  );
  const all = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  expect(all.filter((name) => !reached.has(name))).toEqual([]);
});
