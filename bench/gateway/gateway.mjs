#!/usr/bin/env node
// @ts-check
/** @import { Bench, Mode, Row, SectionName } from './types.d.ts' */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { linkPrograms, runEnvironment } from '../lib/environment.mjs';
import { describeMachine } from '../measure/describe-machine.mjs';
import { Unusable } from '../measure/requirements.mjs';
import { reportTables } from './report.mjs';
import { measureBatches, measureMemory, measureNegotiations } from './sections.mjs';
import { measureProxy } from './sections-bytes.mjs';

const USAGE = `gateway [--quick | --smoke]

  --quick           Shorter runs, one round
  --smoke           Is every answer right? Local storage only, no peers; says nothing about speed
  --only <names>    negotiate, batch, proxy, memory
  --rounds <n>      How often everything is measured, in turns
  --json <file>     All rows
  --program <file>  Another bundle than apps/gateway/dist
  --work <folder>   Where stores are made; bench/.work unless told otherwise
`;

/** @type {Readonly<Record<'full' | 'quick' | 'smoke', Mode>>} */
const MODES = {
  full: mode({ rounds: 5, warmUpMs: 1000, durationMs: 3000, memoryMs: 180_000 }),
  quick: mode({ rounds: 1, warmUpMs: 700, durationMs: 1500, memoryMs: 30_000 }),
  smoke: {
    ...mode({ rounds: 1, warmUpMs: 0, durationMs: 50, memoryMs: 600 }),
    known: 10,
    stores: ['fs'],
    withPeers: false,
    largeBytes: 5_000_000,
  },
};

/** @type {Readonly<Record<SectionName, (bench: Bench) => Promise<void>>>} */
const SECTIONS = {
  negotiate: measureNegotiations,
  batch: measureBatches,
  proxy: measureProxy,
  memory: measureMemory,
};

try {
  const { values: flags } = parseFlags();
  if (flags.help) process.stdout.write(USAGE);
  else await measure(flags);
} catch (error) {
  if (!(error instanceof Unusable)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** @param {ReturnType<typeof parseFlags>['values']} flags */
async function measure(flags) {
  const chosen = MODES[flags.smoke ? 'smoke' : flags.quick ? 'quick' : 'full'];
  const rounds = flags.rounds === undefined ? chosen.rounds : Number(flags.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Unusable(`${flags.rounds} is no count`);
  const sections = parseSections(flags.only);
  const workFolder = resolve(flags.work ?? fileURLToPath(new URL('../.work/', import.meta.url)));
  const program = resolve(
    flags.program ?? fileURLToPath(new URL('../../apps/gateway/dist/velocity-server.js', import.meta.url)),
  );
  mkdirSync(workFolder, { recursive: true });
  const folder = mkdtempSync(join(workFolder, 'gateway-'));
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => interruption.abort(new Unusable(`ended by ${signal}`)));
  /** @type {Row[]} */
  const rows = [];
  /** @type {string[]} */
  const notes = [];
  try {
    const binFolder = join(folder, 'bin');
    linkPrograms(binFolder, { node: process.execPath });
    for (const section of sections) {
      // A store of its own for each: what one left behind would be another one's listing.
      const place = join(folder, section);
      mkdirSync(place);
      const env = {
        ...runEnvironment({ binFolder, home: place }),
        PATH: `${binFolder}:/usr/local/bin:/usr/bin:/bin:/usr/sbin`,
      };
      await SECTIONS[section]({
        program,
        mode: { ...chosen, rounds },
        place: { folder: place, env, signal: interruption.signal },
        rows,
        notes,
        say: (line) => void process.stderr.write(`${line}\n`),
      });
    }
    const machine = describeMachine(folder, 'rusage');
    const results = {
      format: 1,
      date: new Date().toISOString().slice(0, 10),
      node: process.version,
      machine,
      rows,
      notes,
    };
    process.stdout.write(`${reportTables(results)}\n`);
    if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(results, undefined, 1)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.exitCode = rows.some(({ wrong }) => wrong !== undefined) ? 1 : 0;
}

function parseFlags() {
  try {
    return parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        smoke: { type: 'boolean', default: false },
        only: { type: 'string' },
        rounds: { type: 'string' },
        json: { type: 'string' },
        program: { type: 'string' },
        work: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    // Only its message is meant for people.
    throw new Unusable(/** @type {Error} */ (error).message.split('\n')[0], { cause: error });
  }
}

/** @param {string | undefined} text @returns {SectionName[]} */
function parseSections(text) {
  const all = /** @type {SectionName[]} */ (Object.keys(SECTIONS));
  if (text === undefined) return all;
  return text.split(',').map((name) => {
    const section = all.find((candidate) => candidate === name.trim());
    if (section === undefined) throw new Unusable(`${name} is none of ${all.join(', ')}`);
    return section;
  });
}

/** @param {Pick<Mode, 'rounds' | 'warmUpMs' | 'durationMs' | 'memoryMs'>} times @returns {Mode} */
function mode(times) {
  return { ...times, known: 1000, stores: ['fs', 'rgw'], withPeers: true, largeBytes: 100_000_000 };
}
