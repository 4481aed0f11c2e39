/** The signals and stray failures of this process; gives the handlers back when disposed of. */
export class ProcessWatch implements Disposable {
  /** Resolves with the first SIGTERM or SIGINT. */
  readonly stop: Promise<NodeJS.Signals>;
  readonly #stopping = new AbortController();
  /** Called on SIGHUP. */
  onReload: () => void = () => undefined;
  readonly #hurry = new AbortController();
  readonly #handlers: readonly (readonly [string, (value: unknown) => void])[];

  constructor(options: { readonly onUnhandled: (error: unknown) => void }) {
    let resolve!: (signal: NodeJS.Signals) => void;
    this.stop = new Promise((settle) => (resolve = settle));
    let count = 0;
    const onStop = (signal: unknown): void => {
      count += 1;
      this.#stopping.abort();
      if (count === 1) resolve(signal as NodeJS.Signals);
      else this.#hurry.abort();
    };
    this.#handlers = [
      ['SIGTERM', onStop],
      ['SIGINT', onStop],
      ['SIGHUP', () => this.onReload()],
      ['unhandledRejection', options.onUnhandled],
    ];
    for (const [event, handler] of this.#handlers) process.on(event, handler);
  }

  /** Aborted by the first of them. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Aborted by the second SIGTERM or SIGINT. */
  get hurry(): AbortSignal {
    return this.#hurry.signal;
  }

  [Symbol.dispose](): void {
    for (const [event, handler] of this.#handlers) process.off(event, handler);
  }
}
