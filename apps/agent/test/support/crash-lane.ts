import { expect } from '@jest/globals';
import { readdirSync } from 'node:fs';
import type { ProcessResult } from '@velocity/testing';
import { createSite, SITE_PACKAGES, type BuildSite, type SitePackage } from './build-site.js';
import { AIMED_PHASES, phaseOf, TRACES, type CrashKind, type CrashPhase, type Moment } from './crash-phase.js';
import { expectTidy } from './fault-trial.js';
import { killAt, type KillMoment } from './kill-run.js';
import { outcomes } from './output.js';
import { seededRandom, type Random } from './random.js';
import type { SiteTemplates } from './site-templates.js';
import { ageStore, storeProblems, storeState } from './store-state.js';

export interface LaneReport {
  /** How many kills came in which phase. */
  readonly phases: Record<CrashKind, Partial<Record<CrashPhase, number>>>;
  kills: number;
  /** Trees that were compared after a line or a run that said that all is well. */
  comparisons: number;
  verifications: number;
  /** How the tasks of the runs after the kills ended. */
  readonly recoveries: Record<string, number>;
}

export interface LaneOptions {
  readonly templates: SiteTemplates;
  readonly seed: number;
  readonly kills: number;
}

interface Lane {
  readonly site: BuildSite;
  readonly random: Random;
  readonly report: LaneReport;
  /** Of whole operations, to spread the kills over. */
  readonly durationsMs: Record<CrashKind, number>;
  /** Versions that were stored, the newest last. */
  readonly stored: Record<SitePackage, number[]>;
  nextVersion: number;
}

const DEADLINE_MS = 30_000;
const KINDS: readonly CrashKind[] = ['save', 'save', 'restore', 'restore', 'evict'];
const OPERATIONS_PER_VERIFICATION = 12;
/** Of the kills, those that are aimed at the moment after a first trace. An eviction is hardly longer than its start. */
const AIMED_SHARE: Readonly<Record<CrashKind, number>> = { save: 0.5, restore: 0.5, evict: 0.8 };
/** Kills that come too late or too early move the others: how busy the machine is changes. */
const ADAPTATION = 1.15;
const MAX_AIMED_DELAY_MS = 12;
const KNOWN_VERSIONS = 4;

/** Kills one operation after the other in a workspace of its own, and looks after each at what it has left. */
export async function crashLane({ templates, seed, kills }: LaneOptions): Promise<LaneReport> {
  using site = createSite(templates);
  const lane: Lane = {
    site,
    random: seededRandom(seed),
    report: {
      phases: { save: {}, restore: {}, evict: {} },
      kills: 0,
      comparisons: 0,
      verifications: 0,
      recoveries: {},
    },
    durationsMs: { save: 0, restore: 0, evict: 0 },
    stored: { many: [], mixed: [], large: [], app: [] },
    nextVersion: 1,
  };
  await measure(lane);
  for (let attempt = 1; lane.report.kills < kills; attempt += 1) {
    if (attempt > kills * 3) throw new Error(`only ${lane.report.kills} of ${attempt} operations could be killed`);
    const kind = lane.random.pick(KINDS);
    try {
      await crash(lane, kind);
      // An eviction leaves the tree as it is; and some operations have to start from what two kills have left.
      if (kind !== 'evict' && lane.random.below(3) > 0) await recover(lane);
      if (attempt % OPERATIONS_PER_VERIFICATION === 0) await verifyStore(lane);
    } catch (error) {
      throw new Error(`seed ${seed}, kill ${lane.report.kills} (${kind}): ${String(error)}`, { cause: error });
    }
  }
  await recover(lane);
  await tidy(lane);
  return lane.report;
}

async function crash(lane: Lane, kind: CrashKind): Promise<void> {
  const { site, report } = lane;
  const args = prepare(lane, kind);
  const before = storeState(site.rig.cacheDir);
  await using running = await site.rig.start(args);
  const moment: Moment = { kind, rig: site.rig, before, pid: running.pid };
  const result = await killAt(running, site.rig.root, killMoment(lane, moment));
  const phase = phaseOf(moment, result);
  report.phases[kind][phase] = (report.phases[kind][phase] ?? 0) + 1;
  if (phase === 'ended') lane.durationsMs[kind] /= ADAPTATION;
  else report.kills += 1;
  if (phase === 'starting') lane.durationsMs[kind] *= ADAPTATION;
  // Whatever became of the run: a task of which it has said that it is done must be.
  const done = packagesOf(result);
  if (done.length > 0) compare(lane, site.outputDifferences(done), result.stdout);
  expect(storeProblems(site.rig.cacheDir)).toEqual([]);
}

function killMoment({ random, durationsMs }: Lane, moment: Moment): KillMoment {
  if (random.next() >= AIMED_SHARE[moment.kind])
    return { afterMs: durationsMs[moment.kind] * (0.45 + 0.55 * random.next()) };
  const phase = random.pick<CrashPhase>(AIMED_PHASES[moment.kind]);
  return { trace: () => TRACES[phase](moment), afterMs: Math.max(0, random.next() * 1.5 - 0.5) * MAX_AIMED_DELAY_MS };
}

/** Makes the workspace ask for what an operation is to do. @returns the arguments that do it */
function prepare(lane: Lane, kind: CrashKind): readonly string[] {
  const { site, random, stored } = lane;
  if (kind === 'evict') return eviction(site, random.pick([0, 0.4, 0.6, 0.8]));
  const chosen = SITE_PACKAGES.filter(() => random.below(3) === 0);
  const versions: Record<SitePackage, number> = { ...site.versions };
  for (const name of chosen.length > 0 ? chosen : [random.pick(SITE_PACKAGES)]) {
    if (kind === 'save') versions[name] = lane.nextVersion++;
    else if (random.below(2) === 0 && stored[name].length > 0) versions[name] = random.pick(stored[name]);
    else site.removeOutputs(name);
  }
  site.switchTo(versions);
  return ['run', 'build'];
}

/** Everything is old enough to go; so much of it may stay. */
function eviction({ rig }: BuildSite, share: number): readonly string[] {
  ageStore(rig.cacheDir);
  return ['cache', 'gc', '--max-size', `${Math.round(storeState(rig.cacheDir).bytes * share)}`];
}

/** The next run ends in the exact tree and leaves nothing behind, and the one after it has nothing to do. */
async function recover(lane: Lane): Promise<void> {
  const { site, random, report, stored } = lane;
  const run = await build(lane);
  expectTidy(site, run);
  const first = Object.values(outcomes(run));
  for (const word of first) report.recoveries[word] = (report.recoveries[word] ?? 0) + 1;
  expect(first.filter((word) => !['fresh', 'hit local', 'ran'].includes(word))).toEqual([]);
  if (random.below(3) === 0)
    expect(Object.values(outcomes(await build(lane)))).toEqual(SITE_PACKAGES.map(() => 'fresh'));
  for (const name of SITE_PACKAGES) {
    const others = stored[name].filter((version) => version !== site.versions[name]);
    stored[name] = [...others, site.versions[name]].slice(-KNOWN_VERSIONS);
  }
}

async function build(lane: Lane): Promise<ProcessResult> {
  const { site } = lane;
  const result = await site.rig.velocity(['run', 'build'], { timeoutMs: DEADLINE_MS });
  expect([result.exitCode, result.stderr]).toEqual([0, '']);
  compare(lane, site.differences(), result.stdout);
  return result;
}

/** An agent that says that all is well must be right. */
function compare({ report }: Lane, differences: readonly string[], said: string): void {
  report.comparisons += 1;
  if (differences.length > 0) throw new Error(`${differences.join('\n')}\nalthough it was said:\n${said}`);
}

function packagesOf(result: ProcessResult): SitePackage[] {
  const done = Object.entries(outcomes(result)).filter(([, word]) => ['fresh', 'hit local', 'ran'].includes(word));
  return done.map(([task]) => task.slice(0, task.indexOf(':')) as SitePackage);
}

async function verifyStore({ site: { rig }, report }: Lane): Promise<void> {
  report.verifications += 1;
  const { exitCode, stdout } = await rig.velocity(['cache', 'verify', '--json'], { timeoutMs: DEADLINE_MS });
  expect([exitCode, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ damage: [], wrong: [], foreign: [] })]);
}

/** How long whole operations take. */
async function measure(lane: Lane): Promise<void> {
  await build(lane);
  for (const kind of ['save', 'restore', 'evict'] as const) {
    const { exitCode, durationMs } = await lane.site.rig.velocity(prepare(lane, kind));
    expect(exitCode).toBe(0);
    lane.durationsMs[kind] = durationMs;
  }
}

/** What the dead have left goes with the next run that has anything to do, and from the store with an eviction for which it is old enough. */
async function tidy(lane: Lane): Promise<void> {
  const { site } = lane;
  const { rig } = site;
  site.switchTo({ ...site.versions, app: lane.nextVersion });
  await build(lane);
  await verifyStore(lane);
  await rig.velocity(eviction(site, 1));
  const { temporary, writers, locks } = storeState(rig.cacheDir);
  const own = readdirSync(rig.path('.velocity'), { recursive: true, encoding: 'utf8' });
  expect({ temporary, writers, locks }).toEqual({ temporary: [], writers: [], locks: [] });
  expect(own.filter((path) => /^(?:tmp|locks)\/|\.tmp$/.test(path))).toEqual([]);
}
