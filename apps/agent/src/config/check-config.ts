import type * as v from 'valibot';
import { canonicalKeys } from './canonical-keys.js';
import { LineIndex } from './line-index.js';
import type { Locate } from './normalize-config.js';
import type { Shape } from './shapes.js';
import { toDiagnostics } from './to-diagnostics.js';
import type { Diagnostic } from './types.js';
import { validate } from './validate.js';
import { offsetOf } from './yaml-values.js';
import { parseYaml, type YamlMap, type YamlProblem } from './yaml-document.js';

/** One kind of configuration file. */
export interface ConfigFormat<S extends v.GenericSchema> {
  readonly schema: S;
  readonly shape: Shape;
  /** What the schema cannot say. */
  readonly rules: (map: YamlMap) => YamlProblem[];
  /** Changes the settings before they are judged. */
  readonly prepare?: (map: YamlMap) => YamlMap;
}

export type CheckConfigResult<T> =
  | { readonly ok: true; readonly value: T; readonly locate: Locate }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Parses and validates a file's text: its settings as they are written, or every problem at once. An empty file has none. */
export function checkConfig<S extends v.GenericSchema>(
  file: string,
  source: string,
  format: ConfigFormat<S>,
): CheckConfigResult<v.InferOutput<S>> {
  const lines = new LineIndex(source);
  const document = parseYaml(source);
  const fail = (problems: readonly YamlProblem[]) => ({
    ok: false as const,
    diagnostics: toDiagnostics(problems, file, lines),
  });
  const node = document.node ?? { kind: 'map', entries: new Map(), at: 0 };
  if (node.kind !== 'map') {
    const problem = { at: node.at, message: 'expected settings', hint: 'begin with "version: 1"' };
    return fail([...document.problems, problem]);
  }
  const canonical = canonicalKeys(node, format.shape);
  const map = format.prepare?.(canonical.map) ?? canonical.map;
  const validated = validate(format.schema, map);
  const problems = [...document.problems, ...canonical.problems, ...format.rules(map)];
  if (!validated.ok) return fail([...problems, ...validated.problems]);
  if (problems.length > 0) return fail(problems);
  return { ok: true, value: validated.value, locate: (...path) => ({ file, ...lines.at(placeOf(map, path)) }) };
}

/** A task is where its name stands; anything else is where its value does. */
function placeOf(map: YamlMap, path: readonly (string | number)[]): number {
  const isTask = path.length === 2 && (path[0] === 'pipeline' || path[0] === 'overrides');
  return offsetOf(map, path, isTask ? 'key' : 'value');
}
