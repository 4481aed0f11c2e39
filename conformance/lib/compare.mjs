// @ts-check
/** @import { Probe, Report, Verdict } from './types.d.ts' */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { groups } from '../probes/index.mjs';
import { loadAdapter } from '../runners/index.mjs';
import { ALL_REASONS, judgeReasons } from './all-reasons.mjs';
import { inOrder } from './in-order.mjs';
import { install, newestVersion, NotInstalled } from './install.mjs';
import { circumstances, countVerdicts, findings, fullTable, shortTable, verdictLine } from './report.mjs';
import { runProbe } from './run-probe.mjs';
import { writeTables } from './write-tables.mjs';

/** @typedef {{ jobs: number, path: string, isUpdated: boolean, program: string | undefined, isBoxKept: boolean, isWritten: boolean, json: string | undefined, say: (line: string) => void }} Options */

/**
 * Carries out the probes with each of the runners, and says how that went.
 * @param {readonly string[]} names each a runner's name, or `name@version`
 * @param {readonly Probe[]} probes
 * @param {Options} options
 * @returns {Promise<{ passed: number, failed: number }>} VelocityCache's, where it is among them: peers are measured, not tested
 */
export async function compare(names, probes, options) {
  const { json, isWritten, say } = options;
  /** @type {Report[]} */
  const reports = [];
  /** @type {string[]} */
  const absent = [];
  for (const name of names) {
    try {
      reports.push(await measure(name, probes, options));
    } catch (error) {
      if (!(error instanceof NotInstalled) || names.length === 1) throw error;
      say(`\n${error.message}`);
      absent.push(`${name} is not in the table: ${error.message}.`);
    }
  }
  if (json !== undefined) {
    mkdirSync(dirname(json), { recursive: true });
    writeFileSync(json, `${JSON.stringify(reports, undefined, 2)}\n`);
  }
  if (names.length > 1) {
    const rows = [...probes, ALL_REASONS];
    const lines = groups
      .map(({ title, probes: own }) => ({ title, probes: rows.filter((row) => own.some(({ id }) => id === row.id)) }))
      .map((group, index) =>
        index === groups.length - 1 ? { ...group, probes: [...group.probes, ALL_REASONS] } : group,
      );
    const notes = [circumstances(reports), ...reports.flatMap(olderThanNewest), ...absent].join(' ');
    const short = `${shortTable(reports, lines)}\n\n${notes}`;
    const full = `${fullTable(reports, rows)}\n\n${notes}\n\n${findings(reports).join('\n')}`;
    say(`\n${short}\n\n${full}`);
    if (isWritten) writeTables({ short, full });
  }
  const judged = reports.filter(({ runner }) => runner === 'velocity');
  return countVerdicts((judged.length > 0 ? judged : reports).flatMap(({ verdicts }) => verdicts));
}

/** @param {string} text @param {readonly Probe[]} probes @param {Options} options @returns {Promise<Report>} */
async function measure(text, probes, { isUpdated, program, jobs, path, isBoxKept, say }) {
  const [name = '', wanted] = text.split('@');
  const adapter = await loadAdapter(name);
  const tools = install(adapter, { isUpdated, wanted, program });
  const version = await adapter.version(tools);
  const newest = adapter.npm === undefined ? version : newestVersion(adapter.npm);
  say(`\n${name} ${version}`);
  /** @type {Verdict[]} */
  const verdicts = [];
  const take = (/** @type {Verdict} */ verdict) => {
    say(verdictLine(verdict));
    verdicts.push(verdict);
  };
  const run = (/** @type {Probe} */ probe) => runProbe(adapter, probe, { tools, path, isBoxKept });
  for await (const verdict of inOrder(probes, jobs, run)) take(verdict);
  take(judgeReasons(adapter, verdicts));
  return { runner: name, version, newest, date: new Date().toISOString().slice(0, 10), verdicts };
}

/** @param {Report} report @returns {string[]} */
function olderThanNewest({ runner, version, newest }) {
  return newest === undefined || newest === version ? [] : [`${runner} ${newest} exists and was not measured.`];
}
