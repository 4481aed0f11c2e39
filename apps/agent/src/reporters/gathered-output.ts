import { Writable } from 'node:stream';

/**
 * Two streams that write what they were given in one piece each time the other one takes over, and at the end, or once they are released
 * whenever the program has nothing else to do: a thousand lines are then one call of the system instead of a thousand.
 */
export class GatheredOutput {
  readonly stdout: Writable;
  readonly stderr: Writable;
  #isGathering = true;
  #isFlushing = false;
  #texts: string[] = [];
  #target: Writable | undefined;

  constructor(streams: { readonly stdout: Writable; readonly stderr: Writable }) {
    this.stdout = this.#gathering(streams.stdout);
    this.stderr = this.#gathering(streams.stderr);
  }

  flush(): void {
    if (this.#texts.length > 0) this.#target?.write(this.#texts.join(''));
    this.#texts = [];
  }

  /** Writes what was gathered, and from here on what comes soon after it came. */
  release(): void {
    this.flush();
    this.#isGathering = false;
  }

  #flushSoon(): void {
    if (this.#isGathering || this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      this.flush();
    });
  }

  #gathering(target: Writable): Writable {
    return new Writable({
      decodeStrings: false,
      write: (chunk: string | Buffer, _encoding, done) => {
        if (this.#target !== target) this.flush();
        this.#target = target;
        this.#texts.push(chunk.toString());
        this.#flushSoon();
        done();
      },
    });
  }
}
