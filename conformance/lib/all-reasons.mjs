// @ts-check
/** @import { Adapter, Verdict } from './types.d.ts' */

export const ALL_REASONS = { id: 'W15', title: 'a miss is explained: every one in all the probes above, and rightly' };

/** What becomes of the reasons that were told in all probes. @param {Adapter} adapter @param {readonly Verdict[]} verdicts @returns {Verdict} */
export function judgeReasons({ wordings }, verdicts) {
  const verdict = { ...ALL_REASONS, durationMs: 0 };
  if (wordings === undefined) return { ...verdict, status: 'not-applicable', seen: 'it tells no reasons' };
  const right = verdicts.reduce((sum, { reasons }) => sum + (reasons?.right ?? 0), 0);
  const wrong = verdicts.flatMap(({ id, reasons }) => (reasons?.wrong ?? []).map((text) => `${id} ${text}`));
  if (right + wrong.length === 0) return { ...verdict, status: 'not-applicable', seen: 'no reason was asked for' };
  const seen = [`${right} of ${right + wrong.length}`, ...wrong.slice(0, 3)].join('; ');
  return { ...verdict, status: wrong.length === 0 ? 'passed' : 'failed', seen };
}
