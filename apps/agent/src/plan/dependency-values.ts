import { digestOf, encodeCanonical, type CacheKey, type Digest } from '@velocity/core';
import type { TaskGraph, TaskId, TaskNode } from '@velocity/graph';
import type { DependencyConfig } from '../config/types.js';
import type { TaskPayload } from './build-graph.js';

/** The manifest digest of what a task has put out; undefined while that is not known. */
export type OutputsOf = (id: TaskId) => Digest | undefined;

type KeyedBy = DependencyConfig['keyedBy'];

export interface DependencyValues {
  /** As the fingerprint holds them: a key, or `outputs:` and a digest. */
  readonly values: Readonly<Record<string, string>>;
  /** Tasks whose outputs are needed and not known. */
  readonly waitsFor: readonly TaskId[];
}

export interface DependencyValueOptions {
  readonly graph: TaskGraph<TaskPayload>;
  readonly id: TaskId;
  /** Undefined for a task whose own key is not known yet. */
  readonly keyOf: (id: TaskId) => CacheKey | undefined;
  readonly outputsOf: OutputsOf;
}

/**
 * What a task's dependencies contribute to its key. One that counts by its outputs does so with everything below it: a program that
 * bundles a library follows its imports, so what that library was made from may end up in the result although the library's own files
 * came out the same.
 */
export function dependencyValues({ graph, id, keyOf, outputsOf }: DependencyValueOptions): DependencyValues {
  const node = graph.tasks.get(id);
  const values: Record<string, string> = {};
  const waitsFor: TaskId[] = [];
  for (const dependency of graph.dependenciesOf(id)) {
    const keyedBy = node === undefined ? 'key' : keyedByOf(node, dependency);
    if (keyedBy === 'key') {
      const key = keyOf(dependency);
      if (key === undefined) waitsFor.push(dependency);
      else values[dependency] = key;
      continue;
    }
    const sources = tasksBehind(graph, dependency, keyedBy);
    const digests = sources.map((source) => [source, outputsOf(source) ?? ''] as const);
    waitsFor.push(...digests.filter(([, digest]) => digest === '').map(([source]) => source));
    values[dependency] = `outputs:${digestOf(encodeCanonical(digests))}`;
  }
  return { values, waitsFor: [...new Set(waitsFor)] };
}

/** Whether any of a task's dependencies counts by its outputs. */
export function hasOutputDependency(node: TaskNode<TaskPayload>): boolean {
  return node.definition.config.dependsOn.some(({ keyedBy }) => keyedBy !== 'key');
}

/** Every entry that may have asked for the dependency must say "outputs"; where one does not, its key counts. */
function keyedByOf({ package: owner, definition }: TaskNode<TaskPayload>, dependency: TaskId): KeyedBy {
  const asking = definition.config.dependsOn.filter(({ text }) => mayName(text, owner, dependency));
  if (asking.length === 0 || asking.some(({ keyedBy }) => keyedBy === 'key')) return 'key';
  return asking.every(({ keyedBy }) => keyedBy === 'direct-outputs') ? 'direct-outputs' : 'outputs';
}

function mayName(text: string, owner: string, dependency: TaskId): boolean {
  if (text.startsWith('^')) return dependency.endsWith(`#${text.slice(1)}`);
  return dependency === (text.includes('#') ? text : `${owner}#${text}`);
}

/** Tasks with a command whose outputs stand for the dependency, sorted. One without a command stands for those it orders. */
function tasksBehind(graph: TaskGraph<TaskPayload>, dependency: TaskId, keyedBy: KeyedBy): readonly TaskId[] {
  const seen = new Set<TaskId>([dependency]);
  const found: TaskId[] = [];
  for (const id of seen) {
    const hasCommand = graph.tasks.get(id)?.definition.config.command !== undefined;
    if (hasCommand) found.push(id);
    if (hasCommand && keyedBy === 'direct-outputs') continue;
    for (const below of graph.dependenciesOf(id)) seen.add(below);
  }
  return found.sort();
}
