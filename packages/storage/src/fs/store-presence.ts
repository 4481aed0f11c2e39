import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TEMP_FOLDER } from './fs-layout.js';

/** Tells an empty store from one that is gone: a disk that is no longer mounted has no files either. */
export class StorePresence {
  readonly #folder: string;
  #next: Promise<void> | undefined;

  constructor(root: string) {
    this.#folder = join(root, TEMP_FOLDER);
  }

  /** All who ask in the same turn of the event loop share one look, which begins after the last of them. @throws what stat throws */
  check(): Promise<void> {
    this.#next ??= new Promise<void>((resolve, reject) => {
      setImmediate(() => {
        this.#next = undefined;
        stat(this.#folder).then(() => resolve(), reject);
      });
    });
    return this.#next;
  }
}
