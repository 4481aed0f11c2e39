import type { AuditFile } from './audit-file.js';
import type { AuditLink } from './audit-line.js';
import { sealLine } from './audit-line.js';

/** The chain of this process's audit lines. */
export class AuditTrail {
  readonly #chain: string;
  readonly #file: AuditFile | undefined;
  #seq = 0;
  #prev: string | null;

  /** `chain` is a fresh name. Without a file, the lines are in the log alone. */
  constructor(chain: string, file: AuditFile | undefined) {
    this.#chain = chain;
    this.#file = file;
    this.#prev = file?.lastHash ?? null;
  }

  /** True when a line is kept whatever the log's level is. */
  get hasFile(): boolean {
    return this.#file !== undefined;
  }

  get isEmpty(): boolean {
    return this.#seq === 0;
  }

  /** Makes a line of what `render` returns, which is a JSON object with the link in it, and appends it to the file. */
  add(render: (link: AuditLink) => string): string {
    const { line, hash } = sealLine(render({ chain: this.#chain, seq: this.#seq, prev: this.#prev }));
    this.#seq += 1;
    this.#prev = hash;
    this.#file?.append(line);
    return line;
  }
}
