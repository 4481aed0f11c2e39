import { chmodSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Rig } from './rig.js';
import { createSite, SITE_PACKAGES, type BuildSite, type Versions } from './support/build-site.js';
import { canMount, fill, mountTmpfs } from './support/disks.js';
import { canInject, runTraced } from './support/fault-injection.js';
import { expectGraceful, expectHealed, expectTruthful, planFaults, runWithFault } from './support/fault-trial.js';
import { outcomes } from './support/output.js';
import { TOKEN, useGateway } from './support/remote-rig.js';
import { createTemplates, type SiteTemplates } from './support/site-templates.js';
import { moveToDisk } from './support/small-disks.js';
import { ageStore, storeProblems, storeState } from './support/store-state.js';
import { canBeRefused, runRefused } from './support/unprivileged.js';

const KIB = 1024;
const FAULTS_PER_SYSCALL = 2;
const SIZES = { manyFiles: 12, mixedFiles: 12, largeBytes: 2 * KIB ** 2 };

let templates: SiteTemplates;
beforeAll(() => void (templates = createTemplates(SIZES)));
afterAll(() => templates[Symbol.dispose]());

const every = (version: number): Versions => ({ many: version, mixed: version, large: version, app: version });

/** A site whose store has the first two versions; the second is in place. */
async function builtTwice(): Promise<BuildSite> {
  const site = createSite(templates);
  await site.rig.run('build');
  site.switchTo(every(1));
  await site.rig.run('build');
  return site;
}

describe('a disk that is full', () => {
  const withMounts = canMount() ? test : test.skip;

  withMounts(
    'below the store, at different points of a save: what does not fit is not stored, and says why',
    async () => {
      using site = createSite(templates);
      using disk = mountTmpfs(site.rig.cacheDir, '16m');
      for (const [index, left] of [0, 8, 64, 512, 1536].entries()) {
        site.switchTo(every(index));
        fill(disk.path, left * KIB);
        const run = await site.rig.run('build');
        expectGraceful(site, run);
        expect([site.differences(), run.executed.length]).toEqual([[], SITE_PACKAGES.length]);
        expect(run.stdout).toMatch(/NOT STORED .*no space left|local store off for this run/);
        rmSync(join(disk.path, 'filler'));
        await expectHealed(site);
        await expectSound(site);
        for (const name of readdirSync(join(disk.path, 'v1'))) rmSync(join(disk.path, 'v1', name), { recursive: true });
      }
    },
  );

  withMounts('of names below the store: the same', async () => {
    using site = createSite(templates);
    for (const names of [3, 6, 12, 24]) {
      using _disk = mountTmpfs(site.rig.cacheDir, `16m,nr_inodes=${names}`);
      site.switchTo(every(names));
      const run = await site.rig.run('build');
      expectGraceful(site, run);
      expect([site.differences(), storeProblems(site.rig.cacheDir)]).toEqual([[], []]);
    }
    await expectHealed(site);
  });

  const gateway = useGateway();
  withMounts('below the store, while a remote result is copied: it is restored all the same', async () => {
    const env = { VC_AUTH_TOKEN: TOKEN };
    const args = ['run', 'build', '--remote-cache-url', gateway.shared.url, '--upload', 'wait'];
    using other = createSite(templates, { env });
    using site = createSite(templates, { env });
    using disk = mountTmpfs(site.rig.cacheDir, '16m');
    for (const [index, left] of [0, 8, 256, 1024].entries()) {
      other.switchTo(every(index));
      site.switchTo(every(index));
      expect((await other.rig.velocity(args)).exitCode).toBe(0);
      fill(disk.path, left * KIB);
      const run = await site.rig.velocity(args);
      expectGraceful(site, run);
      expect([site.differences(), run.executed]).toEqual([[], []]);
      expect(Object.values(outcomes(run))).toContain('hit remote');
      rmSync(join(disk.path, 'filler'));
      await expectHealed(site);
      await expectSound(site);
      rmSync(join(disk.path, 'v1'), { recursive: true, force: true });
    }
  });

  withMounts(
    'below the workspace, during a restore: what does not fit is made by its command, which may fail',
    async () => {
      using site = await builtTwice();
      using disk = moveToDisk(site.rig, '12m');
      for (const [index, left] of [0, 64, 1024, 1600, 2400].entries()) {
        site.switchTo(every(index % 2));
        if (index % 3 === 2) for (const name of SITE_PACKAGES) site.removeOutputs(name);
        fill(disk.path, left * KIB);
        expectTruthful(site, await site.rig.run('build'));
        rmSync(join(disk.path, 'filler'));
        await expectHealed(site);
      }
      await expectSound(site);
    },
  );
});

describe('permissions that are missing', () => {
  const withRefusals = canBeRefused ? test : test.skip;
  const refusals: readonly [name: string, paths: (site: BuildSite) => readonly string[], mode: number][] = [
    ['an output folder that is read-only', ({ rig }) => [rig.path('packages/many/dist')], 0o555],
    ['a folder of outputs and other things that is read-only', ({ rig }) => [rig.path('packages/mixed/gen')], 0o555],
    ['packages whose folders are read-only', ({ rig }) => [rig.path('packages/many'), rig.path('packages/app')], 0o555],
    ['an output that cannot be read', ({ rig }) => [rig.path('packages/many/dist/stamp')], 0o000],
    ['an output folder that cannot be read', ({ rig }) => [rig.path('packages/many/dist/folder-1')], 0o000],
    ['a .velocity that is read-only', ({ rig }) => [rig.path('.velocity')], 0o555],
    ['what is known of tasks that cannot be read', ({ rig }) => [rig.path('.velocity/states')], 0o000],
    ['a store that is read-only', ({ rig }) => [rig.cacheDir], 0o555],
    ['a store that cannot be read', ({ rig }) => [rig.cacheDir], 0o000],
    ['a folder of temporary files that is read-only', ({ rig }) => [join(rig.cacheDir, 'tmp')], 0o555],
    ['a folder of locks that is read-only', ({ rig }) => [join(rig.cacheDir, 'locks')], 0o555],
    ['folders of records that are read-only', ({ rig }) => foldersBelow(join(rig.cacheDir, 'v1/local/t/ac')), 0o555],
    ['folders of blobs that are read-only', ({ rig }) => foldersBelow(join(rig.cacheDir, 'v1/local/t/cas')), 0o555],
    ['records that cannot be read', ({ rig }) => storePaths(rig, 'records'), 0o000],
    ['blobs that cannot be read', ({ rig }) => storePaths(rig, 'blobs'), 0o000],
  ];

  let site: BuildSite;
  beforeAll(async () => void (site = await builtTwice()));
  afterAll(() => site[Symbol.dispose]());

  withRefusals.each(refusals)(
    '%s: the build goes on or its command fails, and nothing is wrong',
    async (name, pathsOf, mode) => {
      // A restore of what is stored, and a save of what is not.
      for (const version of [site.versions.many === 0 ? 1 : 0, 2 + refusals.findIndex(([other]) => other === name)]) {
        site.switchTo(every(version));
        const modes = pathsOf(site).map((path) => [path, statSync(path).mode] as const);
        for (const [path] of modes) chmodSync(path, mode);
        const run = await runRefused(site.rig, 'run', 'build');
        for (const [path, before] of modes) if (existsSync(path)) chmodSync(path, before);
        expectTruthful(site, run);
        await expectHealed(site);
      }
      await expectSound(site);
    },
  );
});

describe('a system call that fails', () => {
  const injectable = canInject() ? test : test.skip;
  const SYSCALLS = [
    'openat',
    'read',
    'pread64',
    'write',
    'pwrite64',
    'getdents64',
    'mkdir',
    'link',
    'linkat',
    'rename',
    'renameat2',
    'unlink',
    'rmdir',
    'symlink',
    'utimensat',
    'ftruncate',
    'fsync',
    'fdatasync',
  ];
  const build = ['run', 'build'];
  const kinds: readonly [name: string, prepare: (site: BuildSite, round: number) => Promise<readonly string[]>][] = [
    ['a save', (site, round) => (site.switchTo(every(2 + round)), Promise.resolve(build))],
    ['a restore', (site, round) => (site.switchTo(every(round % 2)), Promise.resolve(build))],
    [
      'an eviction',
      async (site, round) => {
        site.switchTo(every(2 + round));
        await site.rig.run('build');
        ageStore(site.rig.cacheDir);
        return ['cache', 'gc', '--max-size', '1MB'];
      },
    ],
  ];

  injectable.each(kinds)(
    'during %s: it does not matter, or is said, and the next run ends in the exact tree',
    async (_name, prepare) => {
      using site = await builtTwice();
      const { seen } = await runTraced(site.rig, await prepare(site, 0), { syscalls: SYSCALLS });
      const faults = planFaults(site, seen, FAULTS_PER_SYSCALL);
      let hits = 0;
      for (const [round, fault] of faults.entries()) {
        const { call, hit } = await runWithFault(site, await prepare(site, round + 1), fault);
        try {
          // A call of Node's own, such as one that wakes a thread, is none that a disk can fail: Node ends itself then.
          if (!hit.includes('outside')) {
            if (call instanceof Error) throw call;
            expectTruthful(site, call);
            if (hit.length > 0) hits += 1;
          }
          await expectHealed(site);
        } catch (error) {
          throw new Error(`${JSON.stringify(fault)} in ${hit.join()}: ${JSON.stringify(call)}`, { cause: error });
        }
      }
      await expectSound(site);
      // Which thread makes how many of the calls is never the same twice: some faults come to nothing.
      expect(hits).toBeGreaterThan(faults.length / 4);
    },
    240_000,
  );
});

function foldersBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name));
}

function storePaths({ cacheDir }: Rig, kind: 'records' | 'blobs'): string[] {
  return storeState(cacheDir)[kind].map((file) => join(cacheDir, file));
}

async function expectSound({ rig }: BuildSite): Promise<void> {
  const { exitCode, stdout } = await rig.velocity(['cache', 'verify', '--json']);
  expect([exitCode, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ damage: [], wrong: [], foreign: [] })]);
}
