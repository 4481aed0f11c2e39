import type { Readable } from 'node:stream';

/** Everything a stream has said so far, as text, and a way to wait for what it says next. */
export class TextLog {
  #text = '';
  readonly #waiting = new Set<() => void>();

  constructor(stream: Readable) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      this.#text += chunk;
      for (const look of this.#waiting) look();
    });
  }

  get text(): string {
    return this.#text;
  }

  find(pattern: RegExp): RegExpExecArray | null {
    // A global or sticky pattern would start where it last stopped.
    return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).exec(this.#text);
  }

  /** Never rejects and may never settle: callers race it against an end and a deadline. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve) => {
      const look = (): void => {
        const match = this.find(pattern);
        if (match === null) return;
        this.#waiting.delete(look);
        resolve(match);
      };
      this.#waiting.add(look);
      look();
    });
  }
}
