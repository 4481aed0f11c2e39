// @ts-check
/** @import { Outcome } from './types.d.ts' */
import { describeDifference } from './tree.mjs';

/** How a probe ends that did not pass. */
export class Finding extends Error {
  /** @param {'failed' | 'not-applicable' | 'error'} status @param {string} seen */
  constructor(status, seen) {
    super(seen);
    this.status = status;
  }
}

/** The runner did the wrong thing. @param {boolean} isRight @param {string} seen */
export function check(isRight, seen) {
  if (!isRight) throw new Finding('failed', seen);
}

/** The runner has no such notion. @param {string} why @returns {never} */
export function notApplicable(why) {
  throw new Finding('not-applicable', why);
}

/**
 * @param {Record<string, string> | undefined} actual
 * @param {Record<string, string> | undefined} expected
 * @param {string} when
 */
export function checkTree(actual, expected, when) {
  const difference = describeDifference(actual, expected);
  check(difference === undefined, `${when}: ${difference}`);
}

/** @param {Outcome} outcome @param {string} task @param {string} when */
export function checkHit(outcome, task, when) {
  checkSucceeded(outcome, when);
  check(!outcome.executed.includes(task), `${when}: ${task} ran again`);
}

/** @param {Outcome} outcome @param {string} task @param {string} when */
export function checkRan(outcome, task, when) {
  checkSucceeded(outcome, when);
  check(outcome.executed.includes(task), `${when}: ${task} did not run`);
}

/** @param {Outcome} outcome @param {string} when */
export function checkSucceeded(outcome, when) {
  check(outcome.code === 0, `${when}: the run failed${lastWords(outcome)}`);
}

/** The first run of a probe has nothing to go wrong yet: if it does, the suite is to blame. @param {Outcome} outcome */
export function mustSucceed(outcome) {
  if (outcome.code !== 0) throw new Finding('error', `the first run failed${lastWords(outcome)}`);
}

/** @param {Outcome} outcome */
function lastWords({ code, stdout, stderr }) {
  const lines = `${stdout}\n${stderr}`.split('\n').map((line) => line.trim());
  const told = lines.filter((line) => /\w/.test(line) && line.length < 400 && !/^(?:npm |at |Node\.js v)/.test(line));
  const errors = told.filter(
    (line) => /error|fail|corrupt|denied|no space|killed/i.test(line) || /\bE[A-Z]{4,}\b/.test(line),
  );
  return ` (exit code ${code}): ${(errors.length > 0 ? errors.slice(0, 3) : told.slice(-3)).join(' | ').slice(0, 300)}`;
}
