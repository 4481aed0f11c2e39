/** The signals and stray failures of this process; gives the handlers back when disposed of. */
export class ProcessWatch implements Disposable {
  /** Resolves with the first SIGTERM or SIGINT. */
  readonly stop: Promise<NodeJS.Signals>;
  /** Called on SIGHUP. */
  onReload: () => void = () => undefined;
  readonly #hurry = new AbortController();
  readonly #handlers: readonly (readonly [string, (...args: never[]) => void])[];

  constructor(options: { readonly onUnhandled: (error: unknown) => void }) {
    let resolve!: (signal: NodeJS.Signals) => void;
    this.stop = new Promise((settle) => (resolve = settle));
    let count = 0;
    const onStop = (signal: NodeJS.Signals): void => {
      count += 1;
      if (count === 1) resolve(signal);
      else this.#hurry.abort();
    };
    this.#handlers = [
      ['SIGTERM', onStop],
      ['SIGINT', onStop],
      ['SIGHUP', () => this.onReload()],
      ['unhandledRejection', (error: unknown) => options.onUnhandled(error)],
    ];
    for (const [event, handler] of this.#handlers) process.on(event, handler);
  }

  /** Aborted by the second SIGTERM or SIGINT. */
  get hurry(): AbortSignal {
    return this.#hurry.signal;
  }

  [Symbol.dispose](): void {
    for (const [event, handler] of this.#handlers) process.off(event, handler);
  }
}
