import { readdirSync } from 'node:fs';
import { expect } from '@jest/globals';
import type { ProcessResult } from '@velocity/testing';
import type { Call } from '../rig.js';
import { type BuildSite, type SitePackage } from './build-site.js';
import { runTraced, type Fault, type SeenCall } from './fault-injection.js';
import { outcomes } from './output.js';
import { storeProblems } from './store-state.js';

const DONE = ['fresh', 'hit local', 'hit remote', 'ran'];

export type FaultPlace = 'store' | 'own' | 'outputs' | 'sources' | 'outside';

/** What a system call was about. */
export function placeOf({ rig }: BuildSite, { path }: SeenCall): FaultPlace {
  if (path.startsWith(rig.cacheDir)) return 'store';
  if (path.startsWith(rig.path('.velocity'))) return 'own';
  if (/^packages\/\w+\/(?:dist|gen)(?:\/|$)/.test(path.slice(rig.root.length + 1))) return 'outputs';
  return path.startsWith(rig.root) ? 'sources' : 'outside';
}

/** Faults that hit what the agent works on, and nothing of Node's own: so many for each system call, spread over all of its calls. */
export function planFaults(site: BuildSite, seen: readonly SeenCall[], count: number): Fault[] {
  return [...new Set(seen.map(({ syscall }) => syscall))].flatMap((syscall) =>
    ordinalsOf(site, seen, { syscall, count }).map((ordinal, index) => ({
      syscall,
      effect: index % 2 === 0 ? ('error=EIO' as const) : ('error=ENOSPC' as const),
      when: index % 2 === 1 && LASTING.has(syscall) ? `${ordinal}+` : `${ordinal}`,
    })),
  );
}

/** System calls that can fail from then on without Node itself failing. */
const LASTING: ReadonlySet<string> = new Set(['link', 'mkdir', 'rename', 'rmdir', 'symlink', 'unlink', 'utimensat']);

/** Of a system call, which ones hit what the agent works on in every thread that makes so many; `count` of them, or all. */
export function ordinalsOf(
  site: BuildSite,
  seen: readonly SeenCall[],
  { syscall, count }: { readonly syscall: string; readonly count: number },
): number[] {
  const calls = seen.filter((call) => call.syscall === syscall);
  const isOurs = (call: SeenCall): boolean => ['store', 'own', 'outputs'].includes(placeOf(site, call));
  const foreign = new Set(calls.filter((call) => !isOurs(call)).map(({ ordinal }) => ordinal));
  const ours = [...new Set(calls.map(({ ordinal }) => ordinal))].filter((ordinal) => !foreign.has(ordinal));
  if (ours.length <= count) return ours;
  return Array.from({ length: count }, (_, index) => ours[Math.floor(((index + 0.5) * ours.length) / count)] ?? 1);
}

/** @returns what the fault has hit, and how the run ended */
export async function runWithFault(
  site: BuildSite,
  args: readonly string[],
  fault: Fault,
): Promise<{ readonly call: Call | Error; readonly hit: readonly FaultPlace[] }> {
  const { call, seen } = await runTraced(site.rig, args, fault);
  const injected = seen.filter(({ isInjected }) => isInjected);
  return { call, hit: [...new Set(injected.map((one) => placeOf(site, one)))] };
}

/** The build goes on, says what it could not keep, and is right in what it says. */
export function expectGraceful(site: BuildSite, result: ProcessResult): void {
  const { exitCode, signal, stderr } = result;
  expect({ exitCode, signal, stderr }).toEqual({ exitCode: 0, signal: null, stderr: '' });
  expectTruthful(site, result);
}

/**
 * The agent has ended by itself, without a crash. Where it did not succeed, that was because a command failed, or because it could not
 * do the only thing that it was asked for, or not read inputs, and it says so; whatever it says to be done is done.
 */
export function expectTruthful(site: BuildSite, { exitCode, signal, stdout, stderr }: ProcessResult): void {
  expect([signal, stderr]).toEqual([null, expect.not.stringContaining('this is a bug')]);
  if (exitCode !== 0)
    expect(stdout + stderr).toMatch(/^\S+ +FAILED .* exit code \d+|^error cannot |cannot read the file/m);
  expect(stdout.match(/^\S+ +NOT STORED *(?:\S+ *)?$/gm)).toBeNull();
  expectDone(site, { stdout });
}

/** What a run has said to be done is done, whatever became of the run. */
export function expectDone(site: BuildSite, { stdout }: Pick<ProcessResult, 'stdout'>): void {
  const done = Object.entries(outcomes({ stdout })).filter(([, word]) => DONE.includes(word));
  const names = done.map(([task]) => task.slice(0, task.indexOf(':')) as SitePackage);
  expect(site.outputDifferences(names)).toEqual([]);
}

/** With the fault gone everything is as if it had never been. */
export async function expectHealed(site: BuildSite): Promise<void> {
  const { rig } = site;
  const run = await rig.run('build');
  expect([run.exitCode, run.stderr, site.differences()]).toEqual([0, '', []]);
  expect(storeProblems(rig.cacheDir)).toEqual([]);
  expectTidy(site, run);
}

/** What a run has left goes with the next one that has anything to do. */
export function expectTidy({ rig }: BuildSite, run: Pick<ProcessResult, 'stdout'>): void {
  if (Object.values(outcomes(run)).every((word) => word === 'fresh')) return;
  expect(readdirSync(rig.path('.velocity/tmp'))).toEqual([]);
}
