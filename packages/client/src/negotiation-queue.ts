import { VelocityError } from '@velocity/core';
import { MAX_BATCH_ITEMS, type NegotiateItem, type NegotiateResult } from '@velocity/protocol';
import { onAbort } from './on-abort.js';

type Send = (items: readonly NegotiateItem[], signal: AbortSignal) => Promise<readonly NegotiateResult[]>;

interface Asked {
  readonly item: NegotiateItem;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: NegotiateResult) => void;
  readonly reject: (error: unknown) => void;
  /** Takes back the listener for the signal. */
  readonly unsubscribe: () => void;
}

/**
 * Gathers what is asked while a request is under way into the next one: many small questions cost few round trips. Each is answered or
 * fails, whatever happens to the request and to the others in it.
 */
export class NegotiationQueue {
  readonly #send: Send;
  #waiting: Asked[] = [];
  #sending: { readonly batch: readonly Asked[]; readonly controller: AbortController } | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  /** @throws VelocityError `CANCELLED` as soon as the signal fires; what the request threw */
  ask(item: NegotiateItem, signal?: AbortSignal): Promise<NegotiateResult> {
    return new Promise((resolve, reject) => {
      const unsubscribe = onAbort(signal, () => {
        reject(new VelocityError('CANCELLED', 'cancelled'));
        this.#giveUpUnwanted();
      });
      this.#waiting.push({ item, signal, resolve, reject, unsubscribe });
      if (this.#sending === undefined) void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    for (;;) {
      this.#waiting = this.#waiting.filter(isWanted);
      const batch = this.#waiting.splice(0, MAX_BATCH_ITEMS);
      if (batch.length === 0) return;
      const controller = new AbortController();
      this.#sending = { batch, controller };
      await this.#settle(batch, controller.signal);
      this.#sending = undefined;
    }
  }

  async #settle(batch: readonly Asked[], signal: AbortSignal): Promise<void> {
    try {
      const items = batch.map(({ item }) => item);
      const results = await this.#send(items, signal);
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index];
        if (result === undefined) reject(new VelocityError('PROTOCOL', 'an item of the batch was not answered'));
        else resolve(result);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      for (const { unsubscribe } of batch) unsubscribe();
    }
  }

  /** A request that nobody waits for any more. */
  #giveUpUnwanted(): void {
    if (this.#sending?.batch.some(isWanted) === false) this.#sending.controller.abort();
  }
}

function isWanted({ signal }: Asked): boolean {
  return signal?.aborted !== true;
}
