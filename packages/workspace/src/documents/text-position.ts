/** A place in a text, counted from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** Columns count UTF-16 code units, as editors do. */
export function positionAt(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}

/** Where `pattern` first matches: at its first group when it has one. */
export function positionOfMatch(text: string, pattern: RegExp): TextPosition | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  return positionAt(text, match.index + (match[1] === undefined ? 0 : match[0].indexOf(match[1])));
}

export function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
