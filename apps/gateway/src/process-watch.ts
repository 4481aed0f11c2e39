import { errorMessage, VelocityError } from '@velocity/core';
import { errorFields } from './logger.js';
import type { Logger } from './logger.js';

export interface ProcessWatchOptions {
  readonly logger: Logger;
  /** Called for each promise whose failure nobody waited for, besides the line in the log. */
  readonly onUnhandled?: () => void;
}

/** The signals, stray failures and warnings of this process; gives the handlers back when disposed of. */
export class ProcessWatch implements Disposable {
  /** Resolves with the first SIGTERM or SIGINT. */
  readonly stop: Promise<NodeJS.Signals>;
  readonly #stopping = new AbortController();
  /** Called on SIGHUP. */
  onReload: () => void = () => undefined;
  readonly #hurry = new AbortController();
  readonly #handlers: readonly (readonly [string, (value: unknown) => void])[];

  readonly #silenced: readonly ((warning: Error) => void)[];

  constructor(options: ProcessWatchOptions) {
    const { logger, onUnhandled } = options;
    let resolve!: (signal: NodeJS.Signals) => void;
    this.stop = new Promise((settle) => (resolve = settle));
    let count = 0;
    const onStop = (signal: unknown): void => {
      count += 1;
      this.#stopping.abort(new VelocityError('CANCELLED', `stopped by ${String(signal)}`));
      if (count === 1) resolve(signal as NodeJS.Signals);
      else this.#hurry.abort();
    };
    const onFailure = (error: unknown): void => {
      onUnhandled?.();
      logger.error('a failure nobody waited for', errorFields(error));
    };
    this.#handlers = [
      ['SIGTERM', onStop],
      ['SIGINT', onStop],
      ['SIGHUP', () => this.onReload()],
      ['unhandledRejection', onFailure],
      ['warning', (warning) => logger.warn('a warning of the runtime', { warning: errorMessage(warning) })],
    ];
    // Node writes warnings to stderr as plain text: the log has one format.
    this.#silenced = process.listeners('warning');
    process.removeAllListeners('warning');
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
    for (const listener of this.#silenced) process.on('warning', listener);
  }
}
