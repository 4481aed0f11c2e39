import type { Writable } from 'node:stream';
import type { Reporter, RunEvent } from '../run/events.js';

/** Writes each event as one line of JSON; output of tasks as text, or in base64 where it is not UTF-8. */
export class JsonReporter implements Reporter {
  readonly #out: Writable;

  constructor(out: Writable) {
    this.#out = out;
  }

  report(event: RunEvent): void {
    this.#out.write(`${JSON.stringify(event.type === 'task-output' ? printable(event) : event)}\n`);
  }
}

function printable(event: Extract<RunEvent, { type: 'task-output' }>): object {
  const { chunk, ...rest } = event;
  const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const text = buffer.toString('utf8');
  return Buffer.from(text).equals(buffer) ? { ...rest, text } : { ...rest, base64: buffer.toString('base64') };
}
