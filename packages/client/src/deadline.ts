import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { onAbort } from './on-abort.js';

export interface HttpTimeouts {
  /** Until the connection stands. */
  readonly connectMs: number;
  /** Without a byte in either direction while the other side is waited for. */
  readonly idleMs: number;
  /** From having a connection to the end of the answer; waiting in the agent's queue does not count. */
  readonly totalMs: number;
}

export type Limit = 'connect' | 'idle' | 'total';

/** Timers take no more; a longer delay would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** The time limits of one request and its caller's signal: the first that strikes ends it, and is remembered. */
export class Deadline {
  readonly timeouts: HttpTimeouts;
  readonly #signal: AbortSignal | undefined;
  #strike: () => void = () => undefined;
  #unsubscribe: () => void = () => undefined;
  #timers: NodeJS.Timeout[] = [];
  #expired: Limit | undefined;
  /** Set while our side is busy, reading a file or writing one: silence is then not the other side's fault. */
  isOurTurn = false;

  constructor(timeouts: HttpTimeouts, signal: AbortSignal | undefined) {
    this.timeouts = timeouts;
    this.#signal = signal;
  }

  get isCancelled(): boolean {
    return this.#signal?.aborted === true;
  }

  get expired(): Limit | undefined {
    return this.#expired;
  }

  /** @param strike ends the request */
  start(strike: () => void): void {
    this.#strike = strike;
    this.#unsubscribe = onAbort(this.#signal, strike);
  }

  /** Starts the clocks once the request has its connection, which may be one that was kept open. */
  watch(request: ClientRequest, socket: Socket, readyEvent: 'connect' | 'secureConnect'): void {
    const { connectMs, idleMs, totalMs } = this.timeouts;
    this.#expireAfter('total', totalMs);
    if (socket.connecting) {
      const timer = this.#expireAfter('connect', connectMs);
      for (const event of [readyEvent, 'close']) socket.once(event, () => clearTimeout(timer));
    }
    const onTimeout = (): void => {
      if (this.isOurTurn) socket.setTimeout(idleMs);
      else this.#expire('idle');
    };
    socket.setTimeout(idleMs);
    socket.on('timeout', onTimeout);
    // The request closes before the agent gives the socket to the next one, whose clock must not be touched.
    request.once('close', () => {
      socket.off('timeout', onTimeout);
      socket.setTimeout(0);
    });
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#unsubscribe();
  }

  #expireAfter(limit: Limit, ms: number): NodeJS.Timeout {
    const timer = setTimeout(() => this.#expire(limit), Math.min(ms, MAX_TIMER_MS));
    this.#timers.push(timer);
    return timer;
  }

  #expire(limit: Limit): void {
    this.#expired ??= limit;
    this.#strike();
  }
}
