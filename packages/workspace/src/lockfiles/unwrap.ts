import { VelocityError } from '@velocity/core';
import type { ParseResult } from '../documents/parse-document.js';
import { asDocument, type Document } from '../documents/shape.js';

/** The table that was parsed. @throws VelocityError `LOCKFILE_INVALID` when it was not, or is none */
export function unwrap(result: ParseResult): Document {
  if (!result.ok) {
    const { line, column } = result.position ?? {};
    const place = line === undefined || column === undefined ? '' : ` (line ${line}, column ${column})`;
    throw new VelocityError('LOCKFILE_INVALID', `${result.reason}${place}`);
  }
  const document = asDocument(result.value);
  if (document === undefined) throw new VelocityError('LOCKFILE_INVALID', 'not a table of keys and values');
  return document;
}
