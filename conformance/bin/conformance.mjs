#!/usr/bin/env node
// @ts-check
/** @import { Probe } from '../lib/types.d.ts' */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compare } from '../lib/compare.mjs';
import { selfTest, unusedFaults } from '../lib/self-test.mjs';
import { probes } from '../probes/index.mjs';
import { loadAdapter, RUNNERS } from '../runners/index.mjs';

const USAGE = `conformance --runner <name> [--runner <name>...] | --all | --self-test | --list

  --runner <name>   ${RUNNERS.join(', ')};
                    with @version for another one than is installed, or the newest
  --all             All of them, and a table; with --runner, too, to say which version of one
  --write           Put the tables into the READMEs
  --self-test       Each probe passes with the reference runner and fails with its fault
  --list            Say which probes there are, and why
  --probe <id>      Only this one; again for more
  --original        Only the eleven that the comparison began with
  --program <file>  Use this program instead of the adapter's own (one runner only)
  --update          Install the newest version from npm even where there is one
  --jobs <n>        Probes at once; 2 unless told otherwise
  --json <file>     Write all verdicts as JSON (with --all: .runners/results.json unless told otherwise)
  --keep            Leave the workspaces in place and say where they are
`;

const { values: flags } = parseArgs({
  options: {
    runner: { type: 'string', multiple: true, default: [] },
    all: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    'self-test': { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    probe: { type: 'string', multiple: true, default: [] },
    original: { type: 'boolean', default: false },
    program: { type: 'string' },
    update: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '2' },
    json: { type: 'string' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const RESULTS = fileURLToPath(new URL('../.runners/results.json', import.meta.url));
const path = process.env['PATH'] ?? '';
const jobs = Number(flags.jobs);
const say = (/** @type {string} */ line) => void process.stdout.write(`${line}\n`);
const named = flags.probe.length === 0 ? probes : flags.probe.map(probeNamed);
const chosen = flags.original ? named.filter(({ original }) => original !== undefined) : named;

if (flags.list) chosen.forEach(describe);
else if (flags['self-test']) {
  const unused = chosen === probes ? unusedFaults(probes) : [];
  for (const fault of unused) say(`WRONG  no probe finds the fault ${fault}`);
  const { passed, failed } = await selfTest(chosen, await loadAdapter('reference'), { path, jobs, say });
  finish({ passed, failed: failed + unused.length });
} else if (flags.all || flags.runner.length > 0) {
  const { all, write, update, program, json, keep } = flags;
  const versioned = (/** @type {string} */ name) => flags.runner.find((text) => text.startsWith(`${name}@`)) ?? name;
  const runners = all ? RUNNERS.map(versioned) : flags.runner;
  const options = { jobs, path, isUpdated: update, program, isBoxKept: keep, isWritten: write };
  finish(await compare(runners, chosen, { ...options, json: json ?? (all ? RESULTS : undefined), say }));
} else process.stdout.write(USAGE);

/** @param {Probe} probe */
function describe({ id, original, title, why }) {
  const first = original === undefined ? '' : ` [${original} of the eleven]`;
  say(`${id.padEnd(4)}  ${title}${first}\n      ${why}`);
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
