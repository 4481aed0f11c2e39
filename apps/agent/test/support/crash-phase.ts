import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessResult } from '@velocity/testing';
import type { Rig } from '../rig.js';
import { storeState, type StoreState } from './store-state.js';

export type CrashKind = 'save' | 'restore' | 'evict';

/**
 * How far an operation had come when it was killed, as what it left tells; `ended` was too fast for the kill. A restore executes what has
 * been evicted meanwhile.
 */
export const CRASH_PHASES = {
  save: ['starting', 'planning', 'executing', 'storing', 'ended'],
  restore: ['starting', 'planning', 'executing', 'staging', 'swapping', 'ended'],
  evict: ['starting', 'reading', 'removing records', 'removing blobs', 'ended'],
} as const satisfies Record<CrashKind, readonly string[]>;
/** Those that a kill can be aimed at: they take long enough, and every operation of the kind comes to them. */
export const AIMED_PHASES = {
  save: ['executing', 'storing'],
  restore: ['staging', 'swapping'],
  evict: ['reading', 'removing records', 'removing blobs'],
} as const satisfies Record<CrashKind, readonly CrashPhase[]>;
export type CrashPhase = (typeof CRASH_PHASES)[CrashKind][number];

export interface Moment {
  readonly kind: CrashKind;
  readonly rig: Rig;
  /** The store before the operation. */
  readonly before: StoreState;
  readonly pid: number;
}

export function phaseOf(moment: Moment, { signal }: ProcessResult): CrashPhase {
  if (signal === null) return 'ended';
  const seen = CRASH_PHASES[moment.kind].filter((phase) => TRACES[phase](moment));
  return seen.at(-1) ?? 'starting';
}

/** Whether a phase is to be seen to have begun. */
export const TRACES: Readonly<Record<CrashPhase, (moment: Moment) => boolean>> = {
  starting: () => false,
  ended: () => false,
  planning: ({ rig, pid }) => existsSync(runFolder(rig, pid)),
  // The old outputs go first, and the log is opened with the first line.
  executing: ({ rig, pid }) => inRunFolder(rig, pid).some((name) => /-old$|\.log$/.test(name)),
  storing: ({ rig, before }) => {
    const now = storeState(rig.cacheDir);
    return now.temporary.length > before.temporary.length || appeared(before.blobs, now.blobs);
  },
  staging: ({ rig, pid }) => inRunFolder(rig, pid, 'new').length > 0,
  swapping: ({ rig, pid }) => inRunFolder(rig, pid, 'old').length > 0,
  reading: ({ rig, before }) => appeared(before.writers, storeState(rig.cacheDir).writers),
  'removing records': ({ rig, before }) => appeared(storeState(rig.cacheDir).records, before.records),
  'removing blobs': ({ rig, before }) => appeared(storeState(rig.cacheDir).blobs, before.blobs),
};

function runFolder(rig: Rig, pid: number): string {
  return rig.path('.velocity/tmp', String(pid));
}

/** What the run keeps; with `part` what is in the folders of its restores whose names end so. */
function inRunFolder(rig: Rig, pid: number, part?: string): string[] {
  const folder = runFolder(rig, pid);
  const names = namesIn(folder);
  return part === undefined
    ? names
    : names.flatMap((name) => (name.endsWith(`.${part}`) ? namesIn(join(folder, name)) : []));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Not there yet, gone again, or a file.
    return [];
  }
}

function appeared(before: readonly string[], after: readonly string[]): boolean {
  const known = new Set(before);
  return after.some((name) => !known.has(name));
}
