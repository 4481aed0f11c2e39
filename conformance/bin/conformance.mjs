#!/usr/bin/env node
// @ts-check
/** @import { Probe, Report, Verdict } from '../lib/types.d.ts' */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { inOrder } from '../lib/in-order.mjs';
import { install } from '../lib/install.mjs';
import { countVerdicts, findings, markdownTable, verdictLine } from '../lib/report.mjs';
import { runProbe } from '../lib/run-probe.mjs';
import { selfTest } from '../lib/self-test.mjs';
import { probes } from '../probes/index.mjs';
import { loadAdapter, RUNNERS } from '../runners/index.mjs';

const USAGE = `conformance --runner <name> [--runner <name>...] | --all | --self-test | --list

  --runner <name>   ${RUNNERS.join(', ')};
                    with @version for another one than is installed, or the newest
  --all             All of them, and a table
  --self-test       Each probe passes with the reference runner and fails with its fault
  --list            Say which probes there are, and why
  --probe <id>      Only this one; again for more
  --program <file>  Use this program instead of the adapter's own (one runner only)
  --update          Install the newest version from npm even where there is one
  --jobs <n>        Probes at once; 1 unless told otherwise
  --json <file>     Write all verdicts as JSON (with --all: .runners/results.json unless told otherwise)
  --keep            Leave the workspaces in place and say where they are
`;

const { values: flags } = parseArgs({
  options: {
    runner: { type: 'string', multiple: true, default: [] },
    all: { type: 'boolean', default: false },
    'self-test': { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    probe: { type: 'string', multiple: true, default: [] },
    program: { type: 'string' },
    update: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '1' },
    json: { type: 'string' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const path = process.env['PATH'] ?? '';
const say = (/** @type {string} */ line) => void process.stdout.write(`${line}\n`);
const chosen = flags.probe.length === 0 ? probes : flags.probe.map(probeNamed);

if (flags.list) for (const { id, title, why } of chosen) say(`${id.padEnd(4)}  ${title}\n      ${why}`);
else if (flags['self-test'])
  finish(await selfTest(chosen, await loadAdapter('reference'), { path, jobs: Number(flags.jobs), say }));
else if (flags.all || flags.runner.length > 0) await compare(flags.all ? RUNNERS : flags.runner);
else process.stdout.write(USAGE);

/** @param {readonly string[]} names */
async function compare(names) {
  /** @type {Report[]} */
  const reports = [];
  for (const name of names) reports.push(await measure(name));
  const json =
    flags.json ?? (flags.all ? fileURLToPath(new URL('../.runners/results.json', import.meta.url)) : undefined);
  if (json !== undefined) {
    mkdirSync(dirname(json), { recursive: true });
    writeFileSync(json, `${JSON.stringify(reports, undefined, 2)}\n`);
  }
  if (names.length > 1) say(`\n${markdownTable(reports, chosen)}\n\n${findings(reports).join('\n')}\n`);
  // Peers are measured, not tested: the exit code is ours where ours is among them.
  const judged = reports.filter(({ runner }) => runner === 'velocity');
  finish(countVerdicts((judged.length > 0 ? judged : reports).flatMap(({ verdicts }) => verdicts)));
}

/** @param {string} text a runner's name, or `name@version` @returns {Promise<Report>} */
async function measure(text) {
  const [name = '', wanted] = text.split('@');
  const adapter = await loadAdapter(name);
  const tools = install(adapter, { isUpdated: flags.update, wanted, program: flags.program });
  const version = await adapter.version(tools);
  say(`\n${name} ${version}`);
  /** @type {Verdict[]} */
  const verdicts = [];
  const run = (/** @type {Probe} */ probe) => runProbe(adapter, probe, { tools, path, isBoxKept: flags.keep });
  for await (const verdict of inOrder(chosen, Number(flags.jobs), run)) {
    say(verdictLine(verdict));
    verdicts.push(verdict);
  }
  return { runner: name, version, date: new Date().toISOString().slice(0, 10), verdicts };
}

/** @param {string} id @returns {Probe} */
function probeNamed(id) {
  const probe = probes.find((candidate) => candidate.id === id);
  if (probe === undefined) throw new Error(`there is no probe ${id}: --list says which there are`);
  return probe;
}

/** @param {{ passed: number, failed: number }} counts */
function finish({ passed, failed }) {
  say(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
