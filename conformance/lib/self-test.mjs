// @ts-check
/** @import { Adapter, Probe } from './types.d.ts' */
import { FAULTS } from '../reference/faults.mjs';
import { inOrder } from './in-order.mjs';
import { runProbe } from './run-probe.mjs';

/** What the reference runner can do wrong and no probe is there to find. @param {readonly Probe[]} probes @returns {string[]} */
export function unusedFaults(probes) {
  return FAULTS.filter((fault) => !probes.some(({ faults }) => faults.includes(fault)));
}

/**
 * Every probe must pass with the reference runner, and fail once its fault is switched on.
 * @param {readonly Probe[]} probes
 * @param {Adapter} adapter the reference runner's
 * @param {{ path: string, jobs: number, say: (line: string) => void }} options
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function selfTest(probes, adapter, { path, jobs, say }) {
  const counts = { passed: 0, failed: 0 };
  const cases = probes.flatMap((probe) =>
    [[], probe.faults].slice(0, probe.faults.length > 0 ? 2 : 1).map((faults) => ({ probe, faults })),
  );
  const body = async (/** @type {{ probe: Probe, faults: readonly string[] }} */ { probe, faults }) => {
    const verdict = await runProbe(adapter, probe, { tools: { directory: '', faults }, path });
    const right = faults.length > 0 ? ['failed', 'not-applicable'] : ['passed', 'information', 'not-applicable'];
    const wrongReasons = faults.length > 0 ? [] : (verdict.reasons?.wrong ?? []);
    const isRight = right.includes(verdict.status) && wrongReasons.length === 0;
    const seen = [verdict.seen, ...wrongReasons]
      .filter((text) => text !== '')
      .map((text) => `: ${text}`)
      .join('');
    const name = `${probe.id.padEnd(4)} ${faults.join('+') || 'sound'}`;
    return { isRight, line: `${isRight ? 'ok    ' : 'WRONG '} ${name}: ${verdict.status}${seen}` };
  };
  for await (const { isRight, line } of inOrder(cases, jobs, body)) {
    counts[isRight ? 'passed' : 'failed'] += 1;
    say(line);
  }
  return counts;
}
