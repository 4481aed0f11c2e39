import { printablePath } from '@velocity/core';
import type { Around } from './first-difference.js';
import type { Excerpt } from './likely-cause.js';

const SHOWN_COLUMNS = 100;
const SHOWN_BYTES = 16;
/** Replacement characters that come of a window's two ends. */
const CUT_CHARACTERS = 4;

/** The line of a place, as far as it was read. */
export function lineAt({ bytes, offset }: Around): Excerpt {
  let place = offset;
  while (place > 0 && isInsideCharacter(bytes[place])) place -= 1;
  const before = bytes.toString('utf8', 0, place);
  const [rest = ''] = bytes.toString('utf8', place).split('\n', 1);
  // The two differ within the line, or by where it ends.
  return { text: before + rest, column: before.length };
}

/** As git has it, a NUL makes a file binary; so does what is no UTF-8, but for characters that are cut at the ends. */
export function isBinary({ bytes }: Around): boolean {
  return bytes.includes(0) || bytes.toString('utf8').split('\ufffd').length > CUT_CHARACTERS + 1;
}

/** So much of a line as fits, the place of the difference in sight, control characters escaped. */
export function shownText({ text, column }: Excerpt, isCut: boolean): string {
  const start = Math.max(0, Math.min(column - SHOWN_COLUMNS / 2, text.length - SHOWN_COLUMNS));
  const end = Math.min(text.length, start + SHOWN_COLUMNS);
  const isBegun = isCut || start > 0;
  return `${isBegun ? '…' : ''}${printablePath(text.slice(start, end))}${end < text.length ? '…' : ''}`;
}

/** A few bytes from the place on, as hexadecimal numbers. */
export function shownBytes({ bytes, offset }: Around): string {
  const shown = bytes.subarray(offset, offset + SHOWN_BYTES);
  return shown.length === 0 ? 'end of file' : (shown.toString('hex').match(/../g) ?? []).join(' ');
}

function isInsideCharacter(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
