import type { LineIndex } from './line-index.js';
import type { Diagnostic } from './types.js';
import type { YamlProblem } from './yaml-document.js';

/** Problems as people read them: in the order of the file, and each said once though an alias repeats it. */
export function toDiagnostics(problems: readonly YamlProblem[], file: string, lines: LineIndex): Diagnostic[] {
  const seen = new Set<string>();
  const unique = problems.filter(({ at, message }) => {
    const id = `${at} ${message}`;
    return !seen.has(id) && seen.add(id);
  });
  return unique
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, message, hint }) => ({ file, ...lines.at(at), message, ...(hint === undefined ? {} : { hint }) }));
}
