import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tempDir, type ProcessResult, type RunningProcess, type TempDir } from '@velocity/testing';
import { createRig, monorepo } from './rig.js';
import { createSite, SITE_PACKAGES, type BuildSite, type SitePackage, type Versions } from './support/build-site.js';
import { expectGraceful } from './support/fault-trial.js';
import { canKillWholeRuns, killWithCommands, lookUntil } from './support/kill-run.js';
import { outcomes } from './support/output.js';
import { createTemplates, type SiteTemplates } from './support/site-templates.js';
import { ageStore, storeProblems, storeState } from './support/store-state.js';

const RUNS = 10;
const DEADLINE_MS = 60_000;
const CONCURRENCY = 2;

let templates: SiteTemplates;
beforeAll(() => void (templates = createTemplates({ manyFiles: 40, mixedFiles: 20, largeBytes: 1024 ** 2 })));
afterAll(() => templates[Symbol.dispose]());

const every = (version: number): Versions => ({ many: version, mixed: version, large: version, app: version });
/** Three versions of one package, two of another, one of the third: ten runs with as many overlaps as differences. */
const mixture = (index: number, first: number): Versions => ({
  many: first + (index % 3),
  mixed: first + (index % 2),
  large: first,
  app: first,
});

/** Ten checkouts of one user, and one more to look at the store and to evict from it. */
interface Checkouts extends Disposable {
  readonly sites: readonly BuildSite[];
  readonly keeper: BuildSite;
  readonly cacheDir: string;
}

function tenCheckouts(): Checkouts {
  const cache: TempDir = tempDir('velocity-shared-cache-');
  const env = { XDG_CACHE_HOME: cache.path };
  const [keeper, ...sites] = Array.from({ length: RUNS + 1 }, () => createSite(templates, { env })) as [BuildSite];
  return {
    sites,
    keeper,
    cacheDir: cache.join('velocity'),
    [Symbol.dispose]: () => {
      for (const site of [keeper, ...sites]) site[Symbol.dispose]();
      cache[Symbol.dispose]();
    },
  };
}

/** What of these packages' versions there is, so many tasks have to be executed. */
function distinctTasks(versions: readonly Versions[]): Record<string, number> {
  const count = (name: SitePackage): number =>
    new Set(versions.map((one) => (name === 'app' ? JSON.stringify(one) : one[name]))).size;
  return Object.fromEntries(SITE_PACKAGES.map((name) => [`${name}#build`, count(name)]));
}

function countOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Evicts all that may go, again and again, until the runs have ended. */
async function evictDuring<T>({ rig }: BuildSite, runs: Promise<T>): Promise<T> {
  const state = { hasEnded: false };
  const ended = runs.finally(() => (state.hasEnded = true));
  while (!state.hasEnded) {
    const { exitCode, stderr } = await rig.velocity(['cache', 'gc', '--max-size', '0'], { timeoutMs: DEADLINE_MS });
    expect([exitCode, stderr]).toEqual([0, '']);
  }
  return ended;
}

async function expectSound({ rig }: BuildSite, cacheDir: string): Promise<void> {
  expect(storeProblems(cacheDir)).toEqual([]);
  const { exitCode, stdout } = await rig.velocity(['cache', 'verify', '--json']);
  expect([exitCode, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ damage: [], wrong: [], foreign: [] })]);
}

describe('ten runs at once of ten checkouts that share a store', () => {
  test('execute each task once, while what is old is evicted; every tree is exact and the store is sound', async () => {
    using checkouts = tenCheckouts();
    const { sites, keeper, cacheDir } = checkouts;
    await keeper.rig.run('build');
    for (const start of [1, 4]) {
      ageStore(cacheDir);
      for (const [index, site] of sites.entries()) site.switchTo(mixture(index, start));
      const runs = sites.map(({ rig }) => rig.velocity(['run', 'build'], { timeoutMs: DEADLINE_MS }));
      const results = await evictDuring(keeper, Promise.all(runs));
      for (const [index, site] of sites.entries()) expectGraceful(site, results[index] as ProcessResult);
      expect(sites.map((site) => site.differences())).toEqual(sites.map(() => []));
      expect(countOf(results.flatMap(({ executed }) => executed))).toEqual(
        distinctTasks(sites.map(({ versions }) => versions)),
      );
      expect(storeState(cacheDir)).toMatchObject({ locks: [], temporary: [], writers: [] });
      expect(sites.flatMap(({ rig }) => readdirSync(rig.path('.velocity/tmp')))).toEqual([]);
      await expectSound(keeper, cacheDir);
    }
  }, 180_000);

  test('bring back what is evicted under their hands', async () => {
    using checkouts = tenCheckouts();
    const { sites, keeper, cacheDir } = checkouts;
    for (const version of [0, 1, 2]) {
      keeper.switchTo(every(version));
      await keeper.rig.run('build');
    }
    ageStore(cacheDir);
    for (const [index, site] of sites.entries()) site.switchTo(every(index % 3));
    const runs = sites.map(({ rig }) => rig.velocity(['run', 'build'], { timeoutMs: DEADLINE_MS }));
    const results = await evictDuring(keeper, Promise.all(runs));
    for (const [index, site] of sites.entries()) expectGraceful(site, results[index] as ProcessResult);
    expect(sites.map((site) => site.differences())).toEqual(sites.map(() => []));
    await expectSound(keeper, cacheDir);
  }, 120_000);

  (canKillWholeRuns ? test : test.skip)(
    'take over from two that are killed while they execute',
    async () => {
      using checkouts = tenCheckouts();
      const { sites, keeper, cacheDir } = checkouts;
      for (const [index, site] of sites.entries()) site.switchTo(mixture(index, 1));
      const running = await Promise.all(sites.map(({ rig }) => rig.start(['run', 'build'])));
      const killed = await killTwoHolders(running, cacheDir);
      const results = await Promise.all(running.map((one) => one.result));
      for (const [index, site] of sites.entries()) {
        if (killed.includes(running[index]?.pid ?? 0)) expect(results[index]?.signal).toBe('SIGKILL');
        else {
          expectGraceful(site, results[index] as ProcessResult);
          expect(site.differences()).toEqual([]);
        }
      }
      const executions = countOf(sites.flatMap(({ rig }) => rig.executions()));
      const survivors = sites.filter((_, index) => !killed.includes(running[index]?.pid ?? 0));
      const atLeast = distinctTasks(survivors.map(({ versions }) => versions));
      const atMost = distinctTasks(sites.map(({ versions }) => versions));
      for (const [task, count] of Object.entries(executions)) {
        const isShared = count >= (atLeast[task] ?? 0) && count <= (atMost[task] ?? 0) + killed.length;
        expect({ task, count, isShared }).toEqual({ task, count, isShared: true });
      }
      for (const site of sites) {
        const { exitCode, stderr } = await site.rig.run('build');
        expect([exitCode, stderr, site.differences()]).toEqual([0, '', []]);
      }
      await expectSound(keeper, cacheDir);
    },
    120_000,
  );
});

/** Kills the first two runs that are seen to hold a lock. @returns their process ids */
async function killTwoHolders(running: readonly RunningProcess[], cacheDir: string): Promise<number[]> {
  const end = Promise.all(running.map(({ result }) => result));
  const killed: number[] = [];
  for (const _one of [1, 2]) {
    const holder = await lookUntil(end, () => lockHolders(cacheDir).find((pid) => !killed.includes(pid)));
    if (holder === undefined) throw new Error('all runs have ended before two of them were seen to hold a lock');
    killWithCommands(holder);
    killed.push(holder);
  }
  return killed;
}

function lockHolders(cacheDir: string): number[] {
  const files = storeState(cacheDir).locks.filter((name) => /^[0-9a-f]{64}$/.test(name));
  return files.flatMap((name) => {
    try {
      return [(JSON.parse(readFileSync(join(cacheDir, 'locks', name), 'utf8')) as { processId: number }).processId];
    } catch {
      // Given back meanwhile.
      return [];
    }
  });
}

describe('ten runs at once of one checkout', () => {
  const startTen = ({ rig }: BuildSite): Promise<RunningProcess[]> =>
    Promise.all(Array.from({ length: RUNS }, () => rig.start(['run', 'build', '-j', String(CONCURRENCY)])));

  test.each([
    ['that has nothing yet', () => undefined],
    ['whose outputs are gone', (site: BuildSite) => SITE_PACKAGES.forEach((name) => site.removeOutputs(name))],
    ['whose outputs are those of another version', (site: BuildSite) => site.switchTo(every(0))],
    ['whose inputs are new', (site: BuildSite) => site.switchTo(every(2))],
  ])(
    '%s: each task is executed at most once, and the tree is exact',
    async (name, change) => {
      using site = createSite(templates);
      if (name !== 'that has nothing yet') {
        for (const version of [0, 1]) {
          site.switchTo(every(version));
          await site.rig.run('build');
        }
      }
      change(site);
      site.rig.executions();
      const running = await startTen(site);
      const results = await Promise.all(running.map(({ result }) => result));
      expect(results.map(({ exitCode, stderr, stdout }) => [exitCode, stderr, exitCode === 0 ? '' : stdout])).toEqual(
        results.map(() => [0, '', '']),
      );
      expect(site.differences()).toEqual([]);
      const counts = Object.values(countOf(site.rig.executions()));
      const isStored = /gone|another/.test(name);
      expect(counts).toEqual(isStored ? [] : SITE_PACKAGES.map(() => 1));
      expect(readdirSync(site.rig.path('.velocity/tmp'))).toEqual([]);
      expect(readdirSync(site.rig.path('.velocity/locks'))).toEqual([]);
      expect(storeState(site.rig.cacheDir)).toMatchObject({ locks: [], temporary: [], writers: [] });
      const after = await site.rig.run('build');
      expect(Object.values(outcomes(after))).toEqual(SITE_PACKAGES.map(() => 'fresh'));
      await expectSound(site, site.rig.cacheDir);
    },
    120_000,
  );

  (canKillWholeRuns ? test : test.skip)(
    'go on where two of them are killed',
    async () => {
      using site = createSite(templates);
      const running = await startTen(site);
      const killed = await killTwoHolders(running, site.rig.cacheDir);
      const results = await Promise.all(running.map(({ result }) => result));
      for (const [index, result] of results.entries()) {
        if (!killed.includes(running[index]?.pid ?? 0)) expectGraceful(site, result);
      }
      expect(site.differences()).toEqual([]);
      const executions = site.rig.executions();
      expect(new Set(executions)).toEqual(new Set(SITE_PACKAGES.map((name) => `${name}#build`)));
      expect(executions.length).toBeLessThanOrEqual(SITE_PACKAGES.length + killed.length * CONCURRENCY);
      expect(Object.values(outcomes(await site.rig.run('build')))).toEqual(SITE_PACKAGES.map(() => 'fresh'));
      site.switchTo(every(1));
      expectGraceful(site, await site.rig.run('build'));
      expect(readdirSync(site.rig.path('.velocity/tmp'))).toEqual([]);
      expect(readdirSync(site.rig.path('.velocity/locks'))).toEqual([]);
      await expectSound(site, site.rig.cacheDir);
    },
    120_000,
  );
});

test.each([
  ['a folder', (file: string) => mkdirSync(join(file, 'inner'), { recursive: true })],
  ['rubbish', (file: string) => writeFileSync(file, '\0')],
])('%s in the place of a lock holds nobody up', async (_name, make) => {
  using rig = createRig(monorepo());
  const { stdout } = await rig.velocity(['hash', 'solo#build']);
  mkdirSync(join(rig.cacheDir, 'locks'), { recursive: true });
  make(join(rig.cacheDir, 'locks', stdout.trim()));
  const run = await rig.velocity(['run', 'solo#build'], { timeoutMs: 20_000 });
  expect([run.exitCode, run.executed]).toEqual([0, ['solo#build']]);
});
