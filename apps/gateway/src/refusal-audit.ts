import type { Logger } from './logger.js';
import type { Refusal } from './refusal.js';

/** Lines a second: whoever is refused needs no token, and must not fill a disk with it. */
const MAX_PER_SECOND = 50;
const SECOND_MS = 1000;
/** What was asked for by someone who may not, or was not what it was said to be; others are mistakes. */
const CODES = new Set(['INTEGRITY', 'TICKET_INVALID']);

export interface RefusedRequest {
  readonly method: string;
  readonly path: string;
  readonly principal: string | undefined;
}

/** An audit line for each refusal; above 50 in a second, a number for the rest of that second. */
export class RefusalAudit {
  readonly #logger: Logger;
  readonly #now: () => number;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #written = 0;
  #leftOut = 0;

  constructor(logger: Logger, now: () => number) {
    this.#logger = logger;
    this.#now = now;
  }

  note({ status, code }: Refusal, { method, path, principal }: RefusedRequest): void {
    if (status !== 401 && status !== 403 && !CODES.has(code)) return;
    const nowMs = this.#now();
    if (nowMs - this.#sinceMs >= SECOND_MS) {
      this.#sinceMs = nowMs;
      this.#written = 0;
    }
    if (this.#written < MAX_PER_SECOND) {
      this.#written += 1;
      const request = { method, path: path.slice(0, 200), principal };
      this.#logger.info('request refused', { audit: true, event: 'request.refused', status, code, ...request });
      return;
    }
    if (this.#leftOut === 0) setTimeout(() => this.flush(), SECOND_MS).unref();
    this.#leftOut += 1;
  }

  /** Writes the number of those left out so far, if there are any. */
  flush(): void {
    if (this.#leftOut === 0) return;
    this.#logger.info('requests refused', { audit: true, event: 'request.refused', count: this.#leftOut });
    this.#leftOut = 0;
  }
}
