/**
 * Turns a remote off for the rest of a run once it has failed a few times in a row: a dead network costs one wait, not one a task.
 * `onOpen` is told once, with the failure that did it.
 */
export class CircuitBreaker {
  readonly #threshold: number;
  readonly #onOpen: (failure: unknown) => void;
  #failures = 0;
  #isOpen = false;

  constructor(options: { readonly threshold: number; readonly onOpen: (failure: unknown) => void }) {
    this.#threshold = options.threshold;
    this.#onOpen = options.onOpen;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** @param isFinal it cannot get better in this run (a refused token): opens at once. */
  failed(failure: unknown, isFinal = false): void {
    this.#failures += 1;
    if (this.#isOpen || (!isFinal && this.#failures < this.#threshold)) return;
    this.#isOpen = true;
    this.#onOpen(failure);
  }
}
