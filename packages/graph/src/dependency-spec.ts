import { unreachable } from '@velocity/core';
import { nameProblem } from './task-id.js';

/** What one entry of `depends_on` asks for. */
export type DependencySpec =
  /** `^build`: the task of every package that this one depends on. */
  | { readonly kind: 'upstream'; readonly task: string }
  /** `codegen`: another task of the same package. */
  | { readonly kind: 'same-package'; readonly task: string }
  /** `proto#gen`, `//#prepare`: the task of a named package. */
  | { readonly kind: 'task'; readonly package: string; readonly task: string };

/** The problem is a phrase that follows the quoted text: `"^web#build" mixes "^" and "#"`. */
export type DependencySpecResult =
  | { readonly ok: true; readonly spec: DependencySpec }
  | { readonly ok: false; readonly problem: string; readonly hint: string };

const FORMS = 'write ^task (of all dependencies), task (of this package), package#task, or //#task (of the root)';

/** Reads one entry of `depends_on`. It cannot know whether what it names exists: `buildTaskGraph` tells. */
export function parseDependencySpec(text: string): DependencySpecResult {
  if (text === '') return problem('is empty');
  const isUpstream = text.startsWith('^');
  const rest = isUpstream ? text.slice(1) : text;
  const separator = rest.indexOf('#');
  if (isUpstream && separator !== -1) return problem('mixes "^" and "#"');
  if (separator === -1) {
    const reason = nameProblem(rest);
    if (reason !== undefined) return problem(rest === '' ? 'names no task' : reason);
    return { ok: true, spec: { kind: isUpstream ? 'upstream' : 'same-package', task: rest } };
  }
  const packageName = rest.slice(0, separator);
  const task = rest.slice(separator + 1);
  if (packageName === '') return problem('names no package before the "#"');
  if (task === '') return problem('names no task after the "#"');
  const reason = nameProblem(packageName) ?? nameProblem(task);
  if (reason !== undefined) return problem(reason.includes('"#"') ? 'holds more than one "#"' : reason);
  return { ok: true, spec: { kind: 'task', package: packageName, task } };
}

/** The text that {@link parseDependencySpec} reads as `spec`. */
export function formatDependencySpec(spec: DependencySpec): string {
  switch (spec.kind) {
    case 'upstream':
      return `^${spec.task}`;
    case 'same-package':
      return spec.task;
    case 'task':
      return `${spec.package}#${spec.task}`;
    default:
      return unreachable(spec);
  }
}

function problem(reason: string): DependencySpecResult {
  return { ok: false, problem: reason, hint: FORMS };
}
