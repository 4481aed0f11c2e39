import { Refusal } from './refusal.js';

export interface StreamGuardOptions {
  /** The stream may stand still for so long. */
  readonly idleTimeoutMs: number;
  /** And last for so long in all: a client that sends a byte now and then is cut too. */
  readonly totalTimeoutMs: number;
  /** Ends the stream with 503: the server stops. */
  readonly stopping: AbortSignal;
  readonly onChunk: (size: number) => void;
}

/** Watches one incoming stream; its signal is aborted, with the Refusal to answer, when the client is too slow or the server stops. */
export class StreamGuard implements Disposable {
  readonly #abort = new AbortController();
  readonly #options: StreamGuardOptions;
  readonly #total: NodeJS.Timeout;
  readonly #onStop = (): void => this.#abort.abort(stopped());
  #idle: NodeJS.Timeout;

  constructor(options: StreamGuardOptions) {
    this.#options = options;
    this.#idle = this.#expireAfter(options.idleTimeoutMs);
    this.#total = this.#expireAfter(options.totalTimeoutMs);
    options.stopping.addEventListener('abort', this.#onStop, { once: true });
    if (options.stopping.aborted) this.#onStop();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Passes the chunks on; each one gives the client more time. A source that breaks off aborts the signal too. */
  async *watch(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#untilBroken(source)) {
      clearTimeout(this.#idle);
      this.#options.onChunk(chunk.byteLength);
      yield chunk;
      // Started only now: a slow disk is no fault of the client.
      clearTimeout(this.#idle);
      this.#idle = this.#expireAfter(this.#options.idleTimeoutMs);
    }
    this.#stopTimers();
  }

  async *#untilBroken(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* source;
    } catch (error) {
      this.#abort.abort(new Refusal(400, 'BODY_ABORTED', 'the body broke off', { retryable: true, cause: error }));
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#stopTimers();
    this.#options.stopping.removeEventListener('abort', this.#onStop);
  }

  #stopTimers(): void {
    clearTimeout(this.#idle);
    clearTimeout(this.#total);
  }

  #expireAfter(timeoutMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#abort.abort(new Refusal(408, 'TIMEOUT', 'the body arrives too slowly', { retryable: true }));
    }, timeoutMs);
  }
}

function stopped(): Refusal {
  const headers = { 'retry-after': '5' };
  return new Refusal(503, 'STOPPING', 'the gateway is stopping', { retryable: true, headers });
}
