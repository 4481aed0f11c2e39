import { isUtf8 } from 'node:buffer';
import { corrupt, tooLarge } from './artifact-error.js';
import { MAX_JSON_DEPTH, MAX_JSON_VALUES } from './limits.js';

type Expected = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'comma-or-end' | 'nothing';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = { list: 0x5b, map: 0x7b } as const;
const CLOSE = { list: 0x5d, map: 0x7d } as const;
const SCALAR = /^(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)$/;
/** No writer of JSON needs more for a number. */
const MAX_SCALAR_LENGTH = 64;

/**
 * Passes exactly what `JSON.parse` takes (RFC 8259), as far as its values are no more and no deeper than the limits. Builds nothing, so that
 * a text which nobody will read costs no more than its own bytes.
 *
 * @throws VelocityError `ARTIFACT_CORRUPT`, or `ARTIFACT_TOO_LARGE` for too many values or levels
 */
export function checkJson(text: Uint8Array): void {
  if (!isUtf8(text)) throw corrupt('its fingerprint is not valid UTF-8');
  const levels: (keyof typeof OPEN)[] = [];
  let expected: Expected = 'value';
  let values = 0;
  const countValue = (): void => {
    values += 1;
    if (values > MAX_JSON_VALUES) throw tooLarge(`its fingerprint has more than ${MAX_JSON_VALUES} values`);
  };
  const afterValue = (): Expected => (levels.length === 0 ? 'nothing' : 'comma-or-end');

  for (let index = skipBlanks(text, 0); index < text.byteLength; index = skipBlanks(text, index)) {
    const byte = text[index];
    const level = levels.at(-1);
    if (expected === 'nothing') throw notJson();
    if (expected === 'comma-or-end') {
      if (byte === 0x2c) expected = level === 'map' ? 'key' : 'value';
      else if (level !== undefined && byte === CLOSE[level]) {
        levels.pop();
        expected = afterValue();
      } else throw notJson();
      index += 1;
    } else if (expected === 'key' || expected === 'key-or-end') {
      if (expected === 'key-or-end' && byte === CLOSE.map) {
        levels.pop();
        expected = afterValue();
        index += 1;
      } else {
        if (byte !== QUOTE) throw notJson();
        index = skipBlanks(text, endOfString(text, index));
        if (text[index] !== 0x3a) throw notJson();
        index += 1;
        expected = 'value';
      }
    } else if (expected === 'value-or-end' && byte === CLOSE.list) {
      levels.pop();
      expected = afterValue();
      index += 1;
    } else if (byte === OPEN.list || byte === OPEN.map) {
      countValue();
      levels.push(byte === OPEN.list ? 'list' : 'map');
      if (levels.length > MAX_JSON_DEPTH) throw tooLarge(`its fingerprint has more than ${MAX_JSON_DEPTH} levels`);
      expected = byte === OPEN.list ? 'value-or-end' : 'key-or-end';
      index += 1;
    } else {
      countValue();
      index = byte === QUOTE ? endOfString(text, index) : endOfScalar(text, index);
      expected = afterValue();
    }
  }
  if (expected !== 'nothing') throw notJson();
}

/** Where the string that starts at `start` has ended. */
function endOfString(text: Uint8Array, start: number): number {
  for (let index = start + 1; index < text.byteLength; index++) {
    const byte = text[index] as number;
    if (byte === QUOTE) return index + 1;
    if (byte < 0x20) throw notJson();
    if (byte !== BACKSLASH) continue;
    index += 1;
    const escape = String.fromCharCode(text[index] ?? 0);
    if (!'"\\/bfnrtu'.includes(escape)) throw notJson();
    if (escape !== 'u') continue;
    if (!/^[0-9a-fA-F]{4}$/.test(latin1(text, index + 1, index + 5))) throw notJson();
    index += 4;
  }
  throw notJson();
}

function endOfScalar(text: Uint8Array, start: number): number {
  let end = start;
  while (end < text.byteLength && isOfScalar(text[end] as number) && end - start <= MAX_SCALAR_LENGTH) end += 1;
  if (!SCALAR.test(latin1(text, start, end))) throw notJson();
  return end;
}

/** Without a view of the text, of which there would be one for every value. */
function latin1(text: Uint8Array, start: number, end: number): string {
  let result = '';
  for (let index = start; index < end && index < text.byteLength; index++) {
    result += String.fromCharCode(text[index] as number);
  }
  return result;
}

/** Letters, digits, `+`, `-` and `.`. */
function isOfScalar(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || [0x2b, 0x2d, 0x2e, 0x45].includes(byte);
}

function skipBlanks(text: Uint8Array, start: number): number {
  let index = start;
  for (; index < text.byteLength; index++) {
    const byte = text[index];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
  }
  return index;
}

function notJson(): Error {
  return corrupt('its fingerprint is not valid JSON');
}
