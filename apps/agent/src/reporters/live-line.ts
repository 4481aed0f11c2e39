import type { Writable } from 'node:stream';

/** One line at the bottom of a terminal that says what is going on. Everything else is written above it. */
export class LiveLine {
  readonly #out: Writable;
  readonly #columns: number;
  #shown = '';

  constructor(out: Writable, columns: number) {
    this.#out = out;
    this.#columns = columns;
  }

  show(text: string): void {
    const line = text.length < this.#columns ? text : `${text.slice(0, this.#columns - 2)}…`;
    if (line === this.#shown) return;
    this.#out.write(`\r\u001b[2K${line}`);
    this.#shown = line;
  }

  /** Call before anything else is written. */
  clear(): void {
    if (this.#shown === '') return;
    this.#out.write('\r\u001b[2K');
    this.#shown = '';
  }
}
