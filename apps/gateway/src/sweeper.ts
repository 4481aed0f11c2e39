import type { RetentionConfig } from './config/config.js';
import type { GatewayContext } from './context.js';
import { errorFields } from './logger.js';
import { runSweep } from './run-sweep.js';

export interface SweeperOptions {
  readonly context: GatewayContext;
  readonly retention: RetentionConfig;
  /** Ends the timer and a sweep under way. */
  readonly signal: AbortSignal;
}

/** The first sweep comes soon after the start: a gateway that is restarted daily must sweep too. */
const FIRST_DELAY_MS = 60_000;

/** Sweeps again and again, one at a time. Does nothing where no limit is set. */
export class Sweeper {
  readonly #options: SweeperOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  static start(options: SweeperOptions): Sweeper {
    const sweeper = new Sweeper(options);
    const { maxAgeMs, maxStoreSize, sweepIntervalMs } = options.retention;
    const hasLimit = maxAgeMs !== undefined || maxStoreSize !== undefined;
    if (hasLimit && sweepIntervalMs > 0) sweeper.#schedule(Math.min(FIRST_DELAY_MS, sweepIntervalMs));
    return sweeper;
  }

  private constructor(options: SweeperOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => clearTimeout(this.#timer), { once: true });
  }

  /** Resolves when no sweep is under way. */
  idle(): Promise<void> {
    return this.#running;
  }

  #schedule(delayMs: number): void {
    if (this.#options.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#sweep().finally(() => this.#schedule(this.#options.retention.sweepIntervalMs));
    }, delayMs);
    this.#timer.unref();
  }

  async #sweep(): Promise<void> {
    const { context, retention, signal } = this.#options;
    try {
      const { storage, metrics, logger, now } = context;
      const report = await runSweep({ driver: storage.driver, metrics, logger, now }, retention, signal);
      if (report.recordsRemoved > 0) context.records.forget();
    } catch (error) {
      if (!signal.aborted) context.logger.warn('the sweep failed', errorFields(error));
    }
  }
}
