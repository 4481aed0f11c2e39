import { parseSize, VelocityError } from '@velocity/core';
import { judgeToken } from '../token-format.js';

export function parsePort(text: string): number {
  if (text.startsWith('tcp://')) {
    throw invalid(`not a port: ${text}`, 'Kubernetes sets it for a service called vc: say enableServiceLinks: false');
  }
  return parseWhole(text, { what: 'port', min: 0, max: 65_535 });
}

export function parseWhole(
  text: string,
  range: { readonly what: string; readonly min: number; readonly max: number },
): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.min && value <= range.max) return value;
  throw invalid(`not a ${range.what}: ${text}`, `a whole number from ${range.min} to ${range.max}`);
}

export function parsePositiveSize(text: string): number {
  const size = parseSize(text);
  if (size > 0) return size;
  throw invalid(`not a size: ${text}`, 'it must be more than 0');
}

export function parseBoolean(text: string): boolean {
  if (/^(?:true|1|yes)$/i.test(text)) return true;
  if (/^(?:false|0|no)$/i.test(text)) return false;
  throw invalid(`not a yes or no: ${text}`, 'write true or false');
}

export function parseChoice<const T extends string>(choices: readonly T[], aliases: Readonly<Record<string, T>> = {}) {
  return (text: string): T => {
    const choice = choices.find((candidate) => candidate === text) ?? aliases[text];
    if (choice !== undefined) return choice;
    throw invalid(`unknown value: ${text}`, `one of ${choices.join(', ')}`);
  };
}

/** An http or https URL without query; the trailing slash is dropped. */
export function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw invalid(`not an http or https URL: ${text}`, 'such as https://cache.example.org');
  }
  if (url.username !== '' || url.password !== '')
    throw invalid('a URL with a password in it', 'leave the password out');
  return text.replace(/\/+$/, '');
}

/** At least 32 bytes, as hexadecimal digits or base64. */
export function parseKey(text: string): Uint8Array {
  const bytes = /^(?:[0-9a-f]{2})+$/i.test(text)
    ? Buffer.from(text, 'hex')
    : /^[A-Za-z0-9+/_-]+={0,2}$/.test(text)
      ? Buffer.from(text, 'base64')
      : Buffer.alloc(0);
  if (bytes.byteLength >= 32) return bytes;
  throw invalid('not 32 bytes or more in hexadecimal or base64', 'make one with: openssl rand -hex 32');
}

export function parseToken(text: string): string {
  if (judgeToken(text) === 'mistyped') {
    throw invalid('is mistyped or cut off: its checksum does not match', 'copy the whole token once more');
  }
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw invalid('has a character that no Authorization header can carry', 'use letters, digits and - . _ ~');
}

export function parsePattern(pattern: RegExp, what: string) {
  return (text: string): string => {
    if (pattern.test(text)) return text;
    throw invalid(`not a ${what}: ${text}`, `it must match ${pattern.source}`);
  };
}

function invalid(message: string, hint: string): VelocityError {
  return new VelocityError('CONFIG_INVALID', message, { hint });
}
