// @ts-check
/** @import { Adapter, Reason, ReasonCount, Wordings } from './types.d.ts' */

/** Whether what was told is a reason of this kind with these details. @param {Wordings} wordings @param {Reason} reason @param {string} told */
export function isToldAs(wordings, [kind, ...details], told) {
  return wordings[kind]?.(...details).test(told) === true;
}

/** Counts the reasons of one probe's misses, those that it provoked on purpose and all others. */
export class ReasonCounter {
  /** @type {string[]} */
  #wrong = [];
  #right = 0;
  /** @type {Wordings | undefined} */
  #wordings;

  /** @param {Adapter} adapter */
  constructor({ wordings }) {
    this.#wordings = wordings;
  }

  /** @param {string} task @param {{ expected: readonly Reason[] | undefined, told: string | undefined }} reasons `expected` undefined: any that is known */
  add(task, { expected, told }) {
    const wordings = this.#wordings;
    if (wordings === undefined || expected?.every(([kind]) => wordings[kind] === undefined) === true) return;
    // Who does not tell that something is new has nothing to say in other cases, too.
    if (expected === undefined && told === undefined && wordings['never-built'] === undefined) return;
    const isRight =
      told !== undefined &&
      (expected === undefined
        ? Object.values(wordings).some((wording) => wording().test(told))
        : expected.some((reason) => isToldAs(wordings, reason, told)));
    if (isRight) this.#right += 1;
    else this.#wrong.push(`${task}: ${told ?? 'no reason'}, not ${describe(expected)}`);
  }

  /** @returns {ReasonCount | undefined} undefined for a runner that tells none */
  get count() {
    return this.#wordings === undefined ? undefined : { right: this.#right, wrong: this.#wrong };
  }
}

/** @param {readonly Reason[] | undefined} expected */
function describe(expected) {
  return expected?.map((reason) => reason.join(' ')).join(', or ') ?? 'any that is known';
}
