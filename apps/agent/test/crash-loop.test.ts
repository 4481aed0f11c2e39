import { existsSync, readdirSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRig, monorepo, recorded } from './rig.js';
import { createSite, SITE_PACKAGES, type BuildSite, type Versions } from './support/build-site.js';
import { crashLane, type LaneReport } from './support/crash-lane.js';
import { AIMED_PHASES, type CrashKind, type CrashPhase } from './support/crash-phase.js';
import { canInject, runTraced } from './support/fault-injection.js';
import { expectDone, expectHealed, ordinalsOf } from './support/fault-trial.js';
import { canKillWholeRuns, endProcessesIn, lookUntil } from './support/kill-run.js';
import { outcomes } from './support/output.js';
import { createTemplates, type SiteTemplates } from './support/site-templates.js';
import { ageStore, storeProblems } from './support/store-state.js';

const LANES = 3;
const KILLS_PER_LANE = 67;
const KINDS: readonly CrashKind[] = ['save', 'restore', 'evict'];
/** `CRASH_SEED` makes the same choices again; the moments of the kills are the machine's own. */
const seed = Number(process.env['CRASH_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

let templates: SiteTemplates;
beforeAll(() => void (templates = createTemplates({ manyFiles: 120, mixedFiles: 60, largeBytes: 3 * 1024 ** 2 })));
afterAll(() => templates[Symbol.dispose]());

(canKillWholeRuns ? test : test.skip)(
  'after kill -9 at random moments of saves, restores and evictions the next run ends in the exact tree, and the store is sound',
  async () => {
    const lanes = Array.from({ length: LANES }, (_, lane) =>
      crashLane({ templates, seed: seed + lane, kills: KILLS_PER_LANE }),
    );
    // None is left at work behind a failure of another.
    await Promise.allSettled(lanes);
    const reports = await Promise.all(lanes);
    expect(reports.reduce((sum, { kills }) => sum + kills, 0)).toBeGreaterThanOrEqual(200);
    for (const kind of KINDS) {
      const all = countOf(reports, kind, ({ ended: _ended, ...phases }) => phases);
      const unfinished = countOf(reports, kind, ({ ended: _ended, starting: _starting, ...phases }) => phases);
      const aimed = countOf(reports, kind, (phases) => AIMED_PHASES[kind].map((phase) => phases[phase] ?? 0));
      expect({ kind, isSpread: unfinished > all / 5 && aimed >= 5 }).toEqual({ kind, isSpread: true });
    }
  },
  300_000,
);

type PhaseCounts = Partial<Record<CrashPhase, number>>;

function countOf(
  reports: readonly LaneReport[],
  kind: CrashKind,
  select: (phases: PhaseCounts) => PhaseCounts | readonly number[],
): number {
  return reports.flatMap(({ phases }) => Object.values(select(phases[kind]))).reduce((sum, count) => sum + count, 0);
}

(existsSync('/proc/self/stat') ? test : test.skip)(
  'a command that outlives its killed agent is ended before it can spoil what is made for other inputs',
  async () => {
    const command = recorded('version=$(cat src/main.txt) && mkdir -p dist && sleep 1 && echo $version >> dist/out');
    using rig = createRig(monorepo({ pipeline: { build: { command, outputs: ['dist'] } } }));
    await using running = await rig.start(['run', 'solo#build']);
    await lookUntil(running.result, () => existsSync(rig.path('packages/solo/dist')) || undefined);
    running.kill('SIGKILL');
    await running.result;
    rig.write({ 'packages/solo/src/main.txt': 'another\n' });
    expect((await rig.run('solo#build')).exitCode).toBe(0);
    expect(rig.read('packages/solo/dist/out')).toBe('another\n');
    rmSync(rig.path('packages/solo/dist'), { recursive: true });
    expect(outcomes(await rig.run('solo#build'))).toEqual({ 'solo:build': 'hit local' });
    expect(rig.read('packages/solo/dist/out')).toBe('another\n');
    expect(readdirSync(rig.path('.velocity/commands'))).toEqual([]);
  },
);

describe('killed at a certain system call', () => {
  const every = (version: number): Versions => ({ many: version, mixed: version, large: version, app: version });
  const build = ['run', 'build'];
  const points: readonly [
    name: string,
    counts: Readonly<Record<string, number>>,
    prepare: (site: BuildSite, round: number) => Promise<readonly string[]>,
  ][] = [
    [
      'a save',
      { link: 3, rename: 1 },
      async (site, round) => (site.switchTo(every(2 + round)), Promise.resolve(build)),
    ],
    [
      'a restore',
      { rename: 3, symlink: 1, unlink: 1 },
      async (site, round) => (site.switchTo(every(round % 2)), Promise.resolve(build)),
    ],
    [
      'an eviction',
      { unlink: 3 },
      async (site, round) => {
        site.switchTo(every(2 + round));
        await site.rig.run('build');
        ageStore(site.rig.cacheDir);
        return ['cache', 'gc', '--max-size', '0'];
      },
    ],
  ];

  (canInject() ? test : test.skip).each(points)(
    '%s leaves a sound store, and the next run ends in the exact tree',
    async (_name, counts, prepare) => {
      using site = createSite(templates);
      for (const version of [0, 1]) {
        site.switchTo(every(version));
        await site.rig.run('build');
      }
      const { seen } = await runTraced(site.rig, await prepare(site, 0), { syscalls: Object.keys(counts) });
      const moments = Object.entries(counts).flatMap(([syscall, count]) =>
        ordinalsOf(site, seen, { syscall, count }).map((ordinal) => ({ syscall, when: `${ordinal}` })),
      );
      let kills = 0;
      for (const [round, moment] of moments.entries()) {
        const args = await prepare(site, round + 1);
        const { call } = await runTraced(site.rig, args, { ...moment, effect: 'signal=KILL' });
        await endProcessesIn(site.rig.root);
        if (call instanceof Error) throw call;
        if (call.signal === 'SIGKILL') kills += 1;
        expectDone(site, call);
        expect(storeProblems(site.rig.cacheDir)).toEqual([]);
        await expectHealed(site);
        expect(Object.values(outcomes(await site.rig.run('build')))).toEqual(SITE_PACKAGES.map(() => 'fresh'));
      }
      // Which thread makes how many of the calls is never the same twice.
      expect(kills).toBeGreaterThan(0);
    },
    120_000,
  );
});
