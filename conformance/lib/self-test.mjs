// @ts-check
/** @import { Adapter, Probe } from './types.d.ts' */
import { runProbe } from './run-probe.mjs';

/**
 * Every probe must pass with the reference runner, and fail once its fault is switched on.
 * @param {readonly Probe[]} probes
 * @param {Adapter} adapter the reference runner's
 * @param {{ path: string, say: (line: string) => void }} options
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function selfTest(probes, adapter, { path, say }) {
  const counts = { passed: 0, failed: 0 };
  const expect = async (/** @type {Probe} */ probe, /** @type {readonly string[]} */ faults) => {
    const verdict = await runProbe(adapter, probe, { tools: { directory: '', faults }, path });
    const wanted = faults.length > 0 ? ['failed'] : ['passed', 'information', 'not-applicable'];
    const isRight = wanted.includes(verdict.status);
    counts[isRight ? 'passed' : 'failed'] += 1;
    const seen = verdict.seen === '' ? '' : `: ${verdict.seen}`;
    say(
      `${isRight ? 'ok    ' : 'WRONG '} ${probe.id.padEnd(4)} ${faults.join('+') || 'sound'}: ${verdict.status}${seen}`,
    );
    return verdict.status;
  };
  for (const probe of probes) {
    const status = await expect(probe, []);
    if (probe.faults.length > 0 && status !== 'not-applicable') await expect(probe, probe.faults);
  }
  return counts;
}
