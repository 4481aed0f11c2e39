/**
 * The walls of the house, which project references do not enforce:
 * packages know only what is below them, nobody reaches into a package by a path, and only the apps' context files read the process.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { listSources, readPackages, root } from './workspace.mjs';

const BELOW = {
  '@velocity/core': [],
  '@velocity/graph': ['@velocity/core'],
  '@velocity/artifact': ['@velocity/core'],
  '@velocity/protocol': ['@velocity/core'],
  '@velocity/storage': ['@velocity/core'],
  '@velocity/workspace': ['@velocity/core'],
  '@velocity/client': ['@velocity/core', '@velocity/protocol', '@velocity/storage'],
  'velocity-cache': ['core', 'graph', 'artifact', 'protocol', 'storage', 'workspace', 'client'].map(
    (name) => `@velocity/${name}`,
  ),
  'velocity-gateway': ['core', 'protocol', 'storage'].map((name) => `@velocity/${name}`),
  '@velocity/testing': [],
};
const MAY_READ_PROCESS = [
  'apps/agent/src/process-context.ts',
  'apps/agent/src/main.ts',
  'apps/gateway/src/env.ts',
  'apps/gateway/src/main.ts',
];
const PROCESS_READS = /\bprocess\.(env|argv|cwd)\b|\bDate\.now\(\)|\bMath\.random\(\)|\brandomUUID\(\)/;
const MAX_LINES = 250;

export async function check() {
  const problems = [];
  for (const { name, directory, group } of readPackages()) {
    const source = join(directory, 'src');
    if (!existsSync(source) || name === '@velocity/tooling') continue;
    for (const file of listSources(source, ['.ts', '.tsx'])) {
      const text = readFileSync(file, 'utf8');
      const where = relative(root, file);
      problems.push(...importProblems({ name, directory, file, where, text }));
      if (name !== '@velocity/testing') problems.push(...sourceProblems({ group, where, text }));
    }
  }
  return problems;
}

function importProblems({ name, directory, file, where, text }) {
  const problems = [];
  for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
    if (specifier.startsWith('.')) {
      if (relative(directory, resolve(dirname(file), specifier)).startsWith('..'))
        problems.push(`${where} reaches out of its package: ${specifier}`);
      continue;
    }
    const target = /^(@velocity\/[^/]+|velocity-(?:cache|gateway))/.exec(specifier)?.[1];
    if (target !== undefined && target !== name && !BELOW[name].includes(target))
      problems.push(`${where} may not import ${target}`);
    if (name === '@velocity/graph' && specifier.startsWith('node:'))
      problems.push(`${where}: graph knows no files and no processes`);
    if (name === '@velocity/protocol' && specifier.startsWith('node:')) problems.push(`${where}: protocol does no I/O`);
  }
  return problems;
}

function sourceProblems({ where, text }) {
  const problems = [];
  const lines = text.split('\n');
  if (lines.length > MAX_LINES)
    problems.push(`${where} has ${lines.length} lines, more than ${MAX_LINES}: does it still say one thing?`);
  if (MAY_READ_PROCESS.includes(where)) return problems;
  for (const [index, line] of lines.entries()) {
    if (PROCESS_READS.test(line) && !/^\s*(\/\/|\*)/.test(line))
      problems.push(`${where}:${index + 1} reads the process: have it passed in`);
  }
  return problems;
}
