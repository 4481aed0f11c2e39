import { unreachable } from '@velocity/core';

const TOKEN =
  // eslint-disable-next-line no-control-regex -- RFC 8259: control characters may not stand in a string
  /[ \t\r\n]*(?:([{}[\]:,])|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;
const BLANK = /[ \t\r\n]*/y;

type Expected = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'nothing';

/**
 * The offset of the first thing that is no JSON (RFC 8259); the end of the text when it stops too early.
 * `JSON.parse` says it in some messages of some versions of Node only.
 */
export function jsonErrorOffset(text: string): number {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let offset = 0;
  for (;;) {
    TOKEN.lastIndex = offset;
    const match = TOKEN.exec(text);
    const next: Expected | undefined = match === null ? undefined : step(expected, kindOf(match), open);
    if (match === null || next === undefined) return skipBlank(text, offset);
    offset = TOKEN.lastIndex;
    expected = next;
  }
}

function kindOf(match: RegExpExecArray): string {
  return match[1] ?? (match[2] === undefined ? 'string' : 'scalar');
}

function step(expected: Expected, token: string, open: ('{' | '[')[]): Expected | undefined {
  switch (expected) {
    case 'value':
    case 'value-or-end':
      if (token === '{' || token === '[') {
        open.push(token);
        return token === '{' ? 'key-or-end' : 'value-or-end';
      }
      if (token === ']' && expected === 'value-or-end') return close(open);
      return token === 'string' || token === 'scalar' ? afterValue(open) : undefined;
    case 'key':
    case 'key-or-end':
      if (token === '}' && expected === 'key-or-end') return close(open);
      return token === 'string' ? 'colon' : undefined;
    case 'colon':
      return token === ':' ? 'value' : undefined;
    case 'comma-or-end':
      if (token === ',') return open.at(-1) === '{' ? 'key' : 'value';
      return token === (open.at(-1) === '{' ? '}' : ']') ? close(open) : undefined;
    case 'nothing':
      return undefined;
    default:
      return unreachable(expected);
  }
}

function close(open: ('{' | '[')[]): Expected {
  open.pop();
  return afterValue(open);
}

function afterValue(open: readonly string[]): Expected {
  return open.length === 0 ? 'nothing' : 'comma-or-end';
}

function skipBlank(text: string, offset: number): number {
  BLANK.lastIndex = offset;
  BLANK.exec(text);
  return BLANK.lastIndex;
}
