#!/usr/bin/env node
// @ts-check
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MODES, planSteps } from '../lib/modes.mjs';
import { readResults } from '../lib/results-file.mjs';
import { runBench } from '../lib/run-bench.mjs';
import { findScenario, SCENARIOS } from '../lib/scenarios.mjs';
import { Unusable } from '../measure/requirements.mjs';
import { markdownReport } from '../report/markdown-report.mjs';
import { writeReadme } from '../report/write-readme.mjs';
import { parseToolName, TOOL_NAMES } from '../tools/index.mjs';

const USAGE = `bench --quick | --full | --smoke | --report <file> | --readme <file>

  --quick              10 and 100 packages, and 1,000 unchanged ones, against turbo: at most 5 minutes
  --full               Everything, against everybody: hours. With --out it goes on where it ended
  --smoke              Each scenario once with 10 packages: is every run right? Fails when one is wrong, never when it is slow
  --report <file>      Print the tables of a JSON file
  --readme <file>      Write the README's section and its plot from a JSON file

  --only <names>       ${SCENARIOS.map(({ id }) => id).join(', ')}
  --packages <counts>  Such as 10,100
  --tools <names>      ${TOOL_NAMES.join(', ')}
  --runs <n>           Rounds of each scenario
  --node <path>        Run everything with this Node; 24 installs one of that version
  --program <file>     Use this VelocityCache instead of the packed one that npm installs
  --out <file>         JSON, row by row; tables in <file>.md. Rounds that it has already are not run again
  --work <folder>      Where workspaces are made; bench/.work unless told otherwise
`;

const OPTIONS = /** @type {const} */ ({
  quick: { type: 'boolean', default: false },
  full: { type: 'boolean', default: false },
  smoke: { type: 'boolean', default: false },
  report: { type: 'string' },
  readme: { type: 'string' },
  only: { type: 'string' },
  packages: { type: 'string' },
  tools: { type: 'string' },
  runs: { type: 'string' },
  node: { type: 'string' },
  program: { type: 'string' },
  out: { type: 'string' },
  work: { type: 'string' },
  help: { type: 'boolean', default: false },
});

const say = (/** @type {string} */ line) => void process.stdout.write(`${line}\n`);

try {
  const flags = parseFlags();
  const mode = /** @type {const} */ (['quick', 'full', 'smoke']).find((name) => flags[name]);
  if (flags.report !== undefined) say(markdownReport(readResults(flags.report)));
  else if (flags.readme !== undefined) writeReadme(readResults(flags.readme), say);
  else if (mode === undefined || flags.help) process.stdout.write(USAGE);
  else await measure(mode, flags);
} catch (error) {
  if (!(error instanceof Unusable)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** @throws {Unusable} */
function parseFlags() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    // Only its message is meant for people.
    throw new Unusable(/** @type {Error} */ (error).message.split('\n')[0], { cause: error });
  }
}

/** @param {'quick' | 'full' | 'smoke'} name @param {ReturnType<typeof parseFlags>} flags */
async function measure(name, flags) {
  const steps = planSteps(MODES[name], {
    scenarios: listOf(flags.only)?.map((id) => findScenario(id).id),
    packages: listOf(flags.packages)?.map(parseCount),
    tools: listOf(flags.tools)?.map(parseToolName),
    runs: flags.runs === undefined ? undefined : parseCount(flags.runs),
  });
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => interruption.abort(new Unusable(`ended by ${signal}`)));
  }
  const workFolder = flags.work ?? fileURLToPath(new URL('../.work/', import.meta.url));
  const out = flags.out ?? (name === 'smoke' ? undefined : join(workFolder, 'results', `${name}.json`));
  const wrong = await runBench(MODES[name], steps, {
    workFolder: resolve(workFolder),
    out: out === undefined ? undefined : resolve(out),
    node: flags.node,
    program: flags.program === undefined ? undefined : resolve(flags.program),
    date: new Date().toISOString().slice(0, 10),
    signal: interruption.signal,
    say,
  });
  process.exitCode = wrong === 0 ? 0 : 1;
}

/** @param {string | undefined} text */
function listOf(text) {
  return text?.split(',').map((item) => item.trim());
}

/** @param {string} text */
function parseCount(text) {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Unusable(`${text} is no count`);
  return count;
}
