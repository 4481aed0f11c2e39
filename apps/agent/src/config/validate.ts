import * as v from 'valibot';
import { HINT_MARK } from './schema-parts.js';
import { displayPath, offsetOf, toValue, type YamlPath } from './yaml-values.js';
import type { YamlMap, YamlProblem } from './yaml-document.js';

export type ValidateResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly YamlProblem[] };

/** Judges a mapping with canonical keys by its schema: every problem at once, each with the offset it stands at. */
export function validate<S extends v.GenericSchema>(schema: S, map: YamlMap): ValidateResult<v.InferOutput<S>> {
  const result = v.safeParse(schema, toValue(map));
  if (result.success) return { ok: true, value: result.output };
  return {
    ok: false,
    problems: result.issues.flatMap((issue) => mostTelling(issue)).map((issue) => toProblem(issue, map)),
  };
}

/** Where a mapping is one of several choices, what is wrong inside of it says more than that it is none of them. */
function mostTelling(issue: v.BaseIssue<unknown>): readonly v.BaseIssue<unknown>[] {
  const inside = (issue.issues ?? []).filter(({ path }) => path !== undefined);
  if (issue.type !== 'union' || inside.length === 0) return [issue];
  const path = issue.path ?? [];
  return inside.map((inner) => ({ ...inner, path: [...path, ...(inner.path ?? [])] as typeof inner.path }));
}

function toProblem(issue: v.BaseIssue<unknown>, map: YamlMap): YamlProblem {
  const items = issue.path ?? [];
  const path: YamlPath = items.map((item) => (typeof item.key === 'number' ? item.key : String(item.key)));
  const onKey = items.at(-1)?.origin === 'key';
  const at = offsetOf(map, path, onKey ? 'key' : 'value');
  const [message = '', hint] = issue.message.split(HINT_MARK);
  const place = displayPath(onKey ? path.slice(0, -1) : path);
  if (issue.kind !== 'schema') return { at, message: `${place}: ${message}`, ...(hint === undefined ? {} : { hint }) };
  if (issue.type === 'strict_object' && onKey) {
    const key = JSON.stringify(path.at(-1));
    return {
      at,
      message: `${place}: ${issue.expected === 'never' ? `unknown key ${key}` : `the key ${key} is missing`}`,
    };
  }
  const found = describe(issue.input, path[0] === 'remote');
  const advice = adviceFor(issue);
  return {
    at,
    message: `${place}: expected ${message}, found ${found}`,
    ...(advice === undefined ? {} : { hint: advice }),
  };
}

/** What stands there. Of settings that may hold a secret only the type is told. */
function describe(value: unknown, isSecret: boolean): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (isSecret) return `a ${typeof value}`;
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `a ${typeof value}`;
}

function adviceFor(issue: v.BaseIssue<unknown>): string | undefined {
  const { input } = issue;
  if (issue.type === 'array' && typeof input === 'string') return 'write it as a list, in [ ]';
  if (issue.type === 'boolean' && typeof input === 'string' && /^(yes|on|no|off)$/i.test(input)) {
    return 'write true or false';
  }
  const isPlain = typeof input === 'number' || typeof input === 'boolean';
  const takesText = issue.type === 'string' || (issue.type === 'union' && /\bstring\b/.test(issue.expected ?? ''));
  return takesText && isPlain ? 'put it in quotes' : undefined;
}
