import { Writable } from 'node:stream';

/**
 * Two streams that write what they were given in one piece each time the other one takes over, and at the end: a thousand lines are then
 * one call of the system instead of a thousand.
 */
export class GatheredOutput {
  readonly stdout: Writable;
  readonly stderr: Writable;
  #isGathering = true;
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

  /** Writes what was gathered, and from here on each piece as it comes. */
  release(): void {
    this.flush();
    this.#isGathering = false;
  }

  #gathering(target: Writable): Writable {
    return new Writable({
      decodeStrings: false,
      write: (chunk: string | Buffer, _encoding, done) => {
        if (!this.#isGathering) {
          // What goes wrong is an error of the target, whose owner knows what to do about it.
          target.write(chunk);
          done();
          return;
        }
        if (this.#target !== target) this.flush();
        this.#target = target;
        this.#texts.push(chunk.toString());
        done();
      },
    });
  }
}
