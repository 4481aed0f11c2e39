// @ts-check
/** @import { Mode, Step, Tool, ToolName } from './types.d.ts' */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCpuMeter } from '../measure/cpu-meter.mjs';
import { describeMachine } from '../measure/describe-machine.mjs';
import { findGnuTime, requireTools, Unusable } from '../measure/requirements.mjs';
import { whyNoCeph } from '../remotes/ceph-store.mjs';
import { markdownReport } from '../report/markdown-report.mjs';
import { findTool } from '../tools/index.mjs';
import { installAll } from '../tools/install-all.mjs';
import { linkPrograms } from './environment.mjs';
import { ResultsFile } from './results-file.mjs';
import { runSteps } from './run-steps.mjs';
import { openTrash } from './trash.mjs';

/**
 * Installs what is needed, measures, and writes JSON and tables. All else that it makes is gone at the end.
 * @param {Mode} mode
 * @param {readonly Step[]} planned
 * @param {{ workFolder: string, out: string | undefined, node: string | undefined, program: string | undefined, date: string, signal: AbortSignal, say: (line: string) => void }} options
 *   `out`: where the results go; nowhere where it is undefined
 * @returns {Promise<number>} how many runs were wrong
 */
export async function runBench(mode, planned, { workFolder, out, node, program, date, signal, say }) {
  requireTools();
  const timeProgram = mode.isMeasuring ? findGnuTime() : undefined;
  if (mode.isMeasuring && timeProgram === undefined) throw new Unusable('bench needs GNU time (apt-get install time)');
  const find = (/** @type {ToolName} */ name) => findTool(name, { program });
  const steps = possibleSteps(planned, { find, say });
  const installed = installAll(steps, { find, node, program, say });

  mkdirSync(workFolder, { recursive: true });
  const folder = mkdtempSync(join(workFolder, 'run-'));
  const meter = mode.isMeasuring ? openCpuMeter() : undefined;
  try {
    const results = new ResultsFile(out ?? join(folder, 'results.json'), {
      date,
      node: installed.nodeVersion,
      machine: describeMachine(folder, meter?.source ?? 'rusage'),
      versions: installed.versions,
    });
    const binFolder = join(folder, 'bin');
    linkPrograms(binFolder, installed.programs);
    await runSteps(steps, {
      folder,
      binFolder,
      node: installed.programs.node,
      nodeVersion: installed.nodeVersion,
      care: mode.care,
      largeScale: mode.largeScale,
      instruments: { meter, timeProgram },
      results,
      trash: openTrash(join(folder, 'trash')),
      signal,
      findTool: find,
      say,
    });
    if (mode.isMeasuring && out !== undefined) writeTables(out, results, say);
    return closingLine(results, say);
  } finally {
    meter?.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Without what a tool cannot do, or this machine. @param {readonly Step[]} steps @param {{ find: (name: ToolName) => Tool, say: (line: string) => void }} options */
function possibleSteps(steps, { find, say }) {
  const noCeph = steps.some(({ scenario }) => scenario.remote === 'rgw') ? whyNoCeph() : undefined;
  if (noCeph !== undefined) say(`skipped: remote-rgw, because ${noCeph}`);
  return steps
    .filter(({ scenario }) => scenario.remote !== 'rgw' || noCeph === undefined)
    .map((step) => ({ ...step, tools: step.tools.filter((name) => isPossible(find(name), step)) }))
    .filter(({ tools }) => tools.length > 0);
}

/** @param {Tool} tool @param {Step} step */
function isPossible(tool, { scenario }) {
  if (tool.scenarios !== undefined && !tool.scenarios.includes(scenario.id)) return false;
  if (scenario.isDry === true && tool.dryCommand === undefined) return false;
  return scenario.remote === undefined || tool.startRemote !== undefined;
}

/** @param {string} out @param {ResultsFile} results @param {(line: string) => void} say */
function writeTables(out, { results }, say) {
  const tables = `${out.replace(/\.json$/, '')}.md`;
  writeFileSync(tables, `${markdownReport(results)}\n`);
  say(`\n${out}\n${tables}`);
}

/** @param {ResultsFile} results @param {(line: string) => void} say */
function closingLine({ results }, say) {
  const wrong = results.rows.filter((row) => row.wrong !== undefined).length;
  say(`\n${results.rows.length - wrong} runs right, ${wrong} wrong`);
  return wrong;
}
