import type { NegotiateItem, NegotiateResult } from '@velocity/protocol';

type Send = (items: readonly NegotiateItem[]) => Promise<readonly NegotiateResult[]>;

interface Waiting {
  readonly item: NegotiateItem;
  readonly resolve: (result: NegotiateResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Gathers what is asked while a request is under way into the next one: many small questions cost few round trips. */
export class NegotiationQueue {
  readonly #send: Send;
  #waiting: Waiting[] = [];
  #isSending = false;

  constructor(send: Send) {
    this.#send = send;
  }

  ask(item: NegotiateItem): Promise<NegotiateResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        const results = await this.#send(batch.map(({ item }) => item));
        for (const [index, { resolve, reject }] of batch.entries()) {
          const result = results[index];
          if (result === undefined) reject(new Error('an item of the batch was not answered'));
          else resolve(result);
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isSending = false;
  }
}
