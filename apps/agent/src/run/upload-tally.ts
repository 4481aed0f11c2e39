import type { UploadOutcome } from '@velocity/client';
import { errorMessage, isVelocityError } from '@velocity/core';
import type { RunEvent } from './events.js';

/** Counts what became of the uploads, and says the first failure, unless it was said already that the remote is off. */
export class UploadTally {
  errors = 0;
  uploaded = 0;
  readonly #emit: (event: RunEvent) => void;
  readonly #isRemoteOff: () => boolean;

  constructor(options: { readonly emit: (event: RunEvent) => void; readonly isRemoteOff: () => boolean }) {
    this.#emit = options.emit;
    this.#isRemoteOff = options.isRemoteOff;
  }

  settle(outcome: UploadOutcome): void {
    if (outcome.status === 'done') {
      this.uploaded += outcome.verdict === 'saved' ? 1 : 0;
      return;
    }
    this.errors += 1;
    if (this.errors > 1 || this.#isRemoteOff()) return;
    const { error } = outcome;
    const hint = isVelocityError(error) ? error.hint : undefined;
    this.#emit({ type: 'warning', message: `not shared: ${errorMessage(error)}`, hint });
  }
}
