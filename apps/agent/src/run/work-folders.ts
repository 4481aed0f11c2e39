import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Empty folders of a run for one restore after the other: to make and remove one for each costs as much as to fill it. */
export class WorkFolders {
  readonly #parent: string;
  readonly #free: string[] = [];
  #count = 0;

  /** @param parent a folder of this run's own */
  constructor(parent: string) {
    this.#parent = parent;
  }

  /** An empty folder that nobody else uses. */
  take(): string {
    const known = this.#free.pop();
    if (known !== undefined) return known;
    this.#count += 1;
    const path = join(this.#parent, `${this.#count}.new`);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** False for one that is not empty: it is not taken back. */
  giveBack(path: string): boolean {
    if (readdirSync(path).length > 0) return false;
    this.#free.push(path);
    return true;
  }
}
