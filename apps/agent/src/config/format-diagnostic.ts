import { printablePath } from '@velocity/core';
import type { Diagnostic } from './types.js';

const MAX_WIDTH = 120;

/**
 * `velocity.yml:12:5: message`, then the line of `source` with a caret below the place, then the hint.
 * A token that stands in that line is starred out.
 */
export function formatDiagnostic(diagnostic: Diagnostic, source?: string): string {
  const { file, line, column, message, hint } = diagnostic;
  const parts = [`${printablePath(file)}:${line}:${column}: ${message}`];
  const text = source?.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)[line - 1];
  if (text !== undefined && text.trim() !== '') parts.push(...excerpt(hideToken(text), line, column));
  if (hint !== undefined) parts.push(`  hint: ${hint}`);
  return parts.join('\n');
}

function excerpt(text: string, line: number, column: number): string[] {
  const start = column > MAX_WIDTH - 20 ? column - MAX_WIDTH / 2 : 0;
  // One character stays one column wide, so that the caret stands where it should.
  const shown = text
    .slice(start, start + MAX_WIDTH)
    .replace(/\t/g, ' ')
    .replace(/\p{Cc}|\p{Cf}/gu, '?');
  const gutter = `  ${line} | `;
  return [`${gutter}${shown}`, `${' '.repeat(gutter.length - 2)}| ${' '.repeat(column - 1 - start)}^`];
}

function hideToken(text: string): string {
  return text.replace(/(\btoken["']?\s*:\s*)(\S.*)$/, (whole, before: string, value: string) =>
    /^["']?\$\{\w+\}["']?\s*(#.*)?$/.test(value) ? whole : before + '*'.repeat(value.length),
  );
}
