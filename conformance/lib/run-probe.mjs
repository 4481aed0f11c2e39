// @ts-check
/** @import { Adapter, Probe, Status, Tools, Verdict } from './types.d.ts' */
import { explanationOf } from '../runners/explanations.mjs';
import { createBox, removeBox } from './box.mjs';
import { Finding } from './check.mjs';
import { Trial } from './trial.mjs';

/**
 * Carries out one probe in a fresh workspace.
 * @param {Adapter} adapter
 * @param {Probe} probe
 * @param {{ tools: Tools, path: string, isBoxKept?: boolean }} options
 * @returns {Promise<Verdict>}
 */
export async function runProbe(adapter, probe, { tools, path, isBoxKept = false }) {
  const { id, title } = probe;
  const started = performance.now();
  /** @type {Trial | undefined} */
  let trial;
  const verdict = (/** @type {Status} */ status, /** @type {string} */ seen) => {
    const explanation = status === 'failed' ? explanationOf(adapter.name, id) : undefined;
    return {
      id,
      title,
      status,
      seen,
      durationMs: performance.now() - started,
      ...(trial?.reasons.count !== undefined && { reasons: trial.reasons.count }),
      ...(explanation !== undefined && { explanation }),
    };
  };
  const why = adapter.notApplicable?.[id];
  if (why !== undefined) return verdict('not-applicable', why);
  const box = createBox(path);
  try {
    trial = new Trial(adapter, box, tools);
    const seen = await probe.run(trial);
    return verdict(probe.isInformation === true ? 'information' : 'passed', seen ?? '');
  } catch (error) {
    if (error instanceof Finding) return verdict(error.status, error.message);
    return verdict('error', error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    if (isBoxKept) process.stderr.write(`${id}: ${box.base}\n`);
    else removeBox(box);
  }
}
