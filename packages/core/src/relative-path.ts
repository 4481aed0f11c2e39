import type { Brand } from './brand.js';
import { VelocityError } from './errors.js';

/** A normalised path below some root: segments joined by `/`, none of them empty, `.` or `..`; never absolute. */
export type RelativePath = Brand<string, 'RelativePath'>;

/** Says why a string is not a {@link RelativePath}; `undefined` when it is one. */
export function relativePathProblem(value: string): string | undefined {
  if (value === '') return 'is empty';
  if (value.includes('\0')) return 'holds a NUL character';
  if (value.startsWith('/')) return 'is absolute';
  if (!value.isWellFormed()) return 'is not valid Unicode';
  for (const segment of value.split('/')) {
    if (segment === '') return 'has an empty segment';
    if (segment === '.' || segment === '..') return `has a "${segment}" segment`;
  }
  return undefined;
}

export function isRelativePath(value: string): value is RelativePath {
  return relativePathProblem(value) === undefined;
}

/** @throws VelocityError `PATH_INVALID` */
export function parseRelativePath(value: string): RelativePath {
  const problem = relativePathProblem(value);
  if (problem === undefined) return value as RelativePath;
  throw new VelocityError('PATH_INVALID', `path ${JSON.stringify(value)} ${problem}`);
}

/** A path that is safe to print: control characters and what could change the direction of text become escapes. */
export function printablePath(path: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  return path.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const hex = character.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${hex}`;
  });
}
