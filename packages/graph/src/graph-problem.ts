import { unreachable } from '@velocity/core';
import { formatDependencySpec, type DependencySpec } from './dependency-spec.js';
import type { TaskId, TaskRef } from './task-id.js';

/** One task of a cycle; `origin` is that of the dependency by which it waits for the next one (the last for the first). */
export interface CycleStep<O> {
  readonly task: TaskId;
  readonly origin: O | undefined;
}

interface Wanted<O> {
  readonly spec: DependencySpec;
  /** The task whose dependency this is; `undefined` for an entry of the graph. */
  readonly wantedBy: TaskId | undefined;
  readonly origin: O | undefined;
  /** Names that look like the missing one, the nearest first; none beyond the first 50 problems. */
  readonly suggestions: readonly string[];
}

/** Why there is no graph. `origin` is what the caller gave with the dependency: a line of a file, say. */
export type GraphProblem<O = unknown> =
  | { readonly kind: 'cycle'; readonly path: readonly CycleStep<O>[] }
  | { readonly kind: 'self-dependency'; readonly task: TaskId; readonly origin: O | undefined }
  | ({ readonly kind: 'unknown-package'; readonly package: string } & Wanted<O>)
  /** With `package`: this one has no such task. Without: none has. */
  | ({ readonly kind: 'unknown-task'; readonly package: string | undefined; readonly task: string } & Wanted<O>)
  /** A package or task whose name cannot stand in a TaskId. */
  | { readonly kind: 'invalid-name'; readonly ref: TaskRef; readonly reason: string };

/** A problem in one line for a person, and what to do about it where that is known. */
export function describeGraphProblem(problem: GraphProblem): { readonly message: string; readonly hint?: string } {
  switch (problem.kind) {
    case 'cycle':
      return {
        message: `these tasks wait for each other: ${[...problem.path, problem.path[0]].map((step) => step?.task).join(' -> ')}`,
        hint: 'remove one of these dependencies',
      };
    case 'self-dependency':
      return { message: `${problem.task} depends on itself`, hint: 'remove this dependency' };
    case 'unknown-package':
      return { message: `there is no package ${quote(problem.package)}${wish(problem)}`, ...suggest(problem) };
    case 'unknown-task':
      return { message: `${owner(problem.package)} task ${quote(problem.task)}${wish(problem)}`, ...suggest(problem) };
    case 'invalid-name':
      return {
        message: `${quote(problem.ref.package)} and ${quote(problem.ref.task)} make no task: a name ${problem.reason}`,
      };
    default:
      return unreachable(problem);
  }
}

function owner(packageName: string | undefined): string {
  return packageName === undefined ? 'no package has a' : `package ${quote(packageName)} has no`;
}

function wish(problem: Wanted<unknown>): string {
  if (problem.wantedBy === undefined) return '';
  return `, but ${problem.wantedBy} depends on ${quote(formatDependencySpec(problem.spec))}`;
}

function suggest(problem: Wanted<unknown>): { hint?: string } {
  if (problem.suggestions.length === 0) return {};
  return { hint: `did you mean ${problem.suggestions.map(quote).join(' or ')}?` };
}

function quote(text: string): string {
  return JSON.stringify(text);
}
