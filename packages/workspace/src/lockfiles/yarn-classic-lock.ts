import { VelocityError } from '@velocity/core';
import { describedGraph, type DescribedEntry } from './descriptor-graph.js';
import type { LockGraph, LockScope } from './lock-graph.js';
import { digestOfSource } from './lock-values.js';

interface OpenEntry {
  readonly descriptors: readonly string[];
  readonly fields: Map<string, string>;
  readonly dependencies: [string, string][];
}

/**
 * yarn.lock of Yarn 1: a format of its own, by indentation. An entry's line lists descriptors, two spaces deep stand its
 * fields, four spaces deep what it depends on. @see https://classic.yarnpkg.com/lang/en/docs/yarn-lock/
 */
export function parseYarnClassicLock(text: string, scope: LockScope): LockGraph {
  const entries: OpenEntry[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const entry = entries.at(-1);
    const [, indent = '', key = '', value] = /^( *)("(?:[^"\\]|\\.)*"|[^\s":]+):?(?: (.*))?$/.exec(line) ?? [];
    if (indent === '' && line.endsWith(':')) {
      entries.push({ descriptors: descriptorsOf(line.slice(0, -1)), fields: new Map(), dependencies: [] });
    } else if (entry !== undefined && indent === '  ') {
      entry.fields.set(key, unquote(value ?? ''));
    } else if (entry !== undefined && indent === '    ') {
      entry.dependencies.push([unquote(key), unquote(value ?? '')]);
    } else {
      throw new VelocityError('LOCKFILE_INVALID', `cannot read line ${index + 1}`);
    }
  }
  return describedGraph(entries.map(describe), scope.members);
}

function describe({ descriptors, fields, dependencies }: OpenEntry): DescribedEntry {
  const value = fields.get('integrity') ?? digestOfSource(fields.get('resolved') ?? '');
  const name = nameOf(descriptors[0] ?? '');
  return { descriptors, name, version: fields.get('version') ?? '', value, dependencies };
}

function descriptorsOf(line: string): string[] {
  return (line.match(/"(?:[^"\\]|\\.)*"|[^,\s][^,]*/g) ?? []).map((text) => unquote(text.trim()));
}

function nameOf(descriptor: string): string {
  return descriptor.slice(0, descriptor.indexOf('@', 1));
}

function unquote(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text;
}
