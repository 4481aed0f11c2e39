import { CORE_SCHEMA, FAILSAFE_SCHEMA, load } from 'js-yaml';
import { parse as parseTomlText } from 'smol-toml';
import { errorMessage } from '@velocity/core';
import { jsonErrorOffset } from './json-error-offset.js';
import { positionAt, type TextPosition } from './text-position.js';

/** What a text says, or why and where it could not be read. */
export type ParseResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string; readonly position?: TextPosition };

export function parseJson(text: string): ParseResult {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    const offset = jsonErrorOffset(text);
    const found = offset >= text.length ? 'the file ends too early' : `unexpected ${JSON.stringify(text[offset])}`;
    return { ok: false, reason: `not valid JSON: ${found}`, position: positionAt(text, offset) };
  }
}

/** YAML 1.2 with its core types. An empty text is `undefined`. */
export function parseYaml(text: string): ParseResult {
  return parseYamlWith(text, CORE_SCHEMA);
}

/** YAML in which every scalar is a string: versions such as `1.10` stay what they are. */
export function parseYamlStrings(text: string): ParseResult {
  return parseYamlWith(text, FAILSAFE_SCHEMA);
}

function parseYamlWith(text: string, schema: typeof CORE_SCHEMA): ParseResult {
  const hasContent = /^[ \t]*[^\s#]/m.test(text);
  if (!hasContent) return { ok: true, value: undefined };
  try {
    return { ok: true, value: load(text, { schema }) };
  } catch (error) {
    const { reason, mark } = error as { reason?: string; mark?: { line: number; column: number } };
    return {
      ok: false,
      reason: `not valid YAML: ${reason ?? errorMessage(error)}`,
      ...(mark !== undefined && { position: { line: mark.line + 1, column: mark.column + 1 } }),
    };
  }
}

export function parseToml(text: string): ParseResult {
  try {
    return { ok: true, value: parseTomlText(text) };
  } catch (error) {
    const { line, column } = error as { line?: number; column?: number };
    const reason =
      errorMessage(error)
        .split('\n')[0]
        ?.replace(/^Invalid TOML document: /, '') ?? '';
    return {
      ok: false,
      reason: `not valid TOML: ${reason}`,
      ...(line !== undefined && column !== undefined && { position: { line, column } }),
    };
  }
}
