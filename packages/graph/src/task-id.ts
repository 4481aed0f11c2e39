import { VelocityError, type Brand } from '@velocity/core';

/** One task of one package, written `<package>#<task>`. Both parts are valid names; the root package is `//`. */
export type TaskId = Brand<string, 'TaskId'>;

/** A task by its two names, not checked yet. */
export interface TaskRef {
  readonly package: string;
  readonly task: string;
}

/** The name of the package at the root of the workspace, as in `//#prepare`. */
export const ROOT_PACKAGE = '//';

export function isTaskId(value: unknown): value is TaskId {
  if (typeof value !== 'string') return false;
  const parts = value.split('#');
  return parts.length === 2 && parts.every((part) => nameProblem(part) === undefined);
}

/** @throws VelocityError `VALUE_INVALID` */
export function parseTaskId(value: string): TaskId {
  if (isTaskId(value)) return value;
  throw new VelocityError('VALUE_INVALID', `not a task: ${JSON.stringify(value)}`, {
    hint: 'a task is written <package>#<task>, one of the root //#<task>',
  });
}

/** @throws VelocityError `VALUE_INVALID` when one of the names cannot stand in a {@link TaskId}. */
export function formatTaskId(packageName: string, taskName: string): TaskId {
  return parseTaskId(`${packageName}#${taskName}`);
}

export function splitTaskId(id: TaskId): TaskRef {
  const separator = id.indexOf('#');
  return { package: id.slice(0, separator), task: id.slice(separator + 1) };
}

/**
 * Says why a string cannot name a package or a task; `undefined` when it can.
 * `#` and a leading `^` have a meaning in the dependency forms; the rest could not be told apart when printed.
 */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.includes('#')) return 'holds a "#"';
  if (name.startsWith('^')) return 'starts with a "^"';
  if (name.trim() !== name) return 'starts or ends with a space';
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) return 'holds a control character';
  return undefined;
}
