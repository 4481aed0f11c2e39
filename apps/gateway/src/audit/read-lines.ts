import { createReadStream } from 'node:fs';
import type { FoundLine } from './verify-audit.js';

/** The lines of a file, split at line feeds alone, with what is left after the last one. */
export async function* readLines(path: string): AsyncGenerator<FoundLine> {
  let rest = '';
  let number = 0;
  // Latin-1 keeps each byte apart: a hash is of bytes, and UTF-8 that is broken would be mended by decoding it.
  for await (const chunk of createReadStream(path, { encoding: 'latin1' })) {
    const lines = `${rest}${chunk as string}`.split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) yield { where: `${path}:${++number}`, text: decode(text), isWhole: true };
  }
  if (rest !== '') yield { where: `${path}:${++number}`, text: decode(rest), isWhole: false };
}

function decode(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  const decoded = bytes.toString('utf8');
  // Bytes that are no UTF-8 were never written by us: what they would decode to must not pass for it.
  return Buffer.from(decoded).equals(bytes) ? decoded : text;
}
