import type { TransferTarget } from './transfer.js';

type AskAgain = (signal: AbortSignal | undefined) => Promise<readonly TransferTarget[] | undefined>;

/** The URLs of one artifact's blobs. A long run outlives them: then they are asked for again, all at once, by whoever notices first. */
export class DownloadTargets {
  readonly #askAgain: AskAgain;
  #targets: readonly TransferTarget[];
  #renewal: Promise<readonly TransferTarget[] | undefined> | undefined;

  /** @param askAgain one for each blob, in the same order; undefined when the artifact is not there any more */
  constructor(targets: readonly TransferTarget[], askAgain: AskAgain) {
    this.#targets = targets;
    this.#askAgain = askAgain;
  }

  at(index: number): TransferTarget {
    return this.#targets[index] as TransferTarget;
  }

  /** Whether there is another target now than the one that was refused. @throws what asking for it threw */
  async renew(refused: TransferTarget, signal: AbortSignal | undefined): Promise<boolean> {
    if (!this.#targets.includes(refused)) return true;
    this.#renewal ??= this.#askAgain(signal);
    try {
      const renewed = await this.#renewal;
      if (renewed !== undefined) this.#targets = renewed;
      return renewed !== undefined;
    } finally {
      this.#renewal = undefined;
    }
  }
}
