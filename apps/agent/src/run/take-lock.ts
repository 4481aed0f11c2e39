import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isErrno } from '@velocity/core';
import { isAlive, startTimeOf, type NamedProcess } from './live-process.js';

/** Who holds a lock. */
interface Holder extends NamedProcess {
  readonly host: string;
}

export interface Lock extends Disposable {
  /** Somebody else made the same result meanwhile: it is worth another look. */
  readonly hasWaited: boolean;
}

export interface LockOptions {
  /** Shared by all that must take turns; made when it is missing. */
  readonly folder: string;
  readonly processId: number;
  readonly onWait: (processId: number) => void;
  readonly signal: AbortSignal;
}

const LOOK_AGAIN_MS = 50;
/** Below the store for those of keys, below `.velocity` for those of a checkout's outputs. */
export const LOCK_FOLDER = 'locks';

/**
 * Lets one process of this machine at a time have what the name stands for: the others wait until it is done or dead.
 * A lock is a file that appears whole (link(2)) and names its holder; that of a dead one is taken over. Where no lock can be had,
 * nobody waits: two runs then do the same work, as they would without.
 */
export async function takeLock(name: string, options: LockOptions): Promise<Lock> {
  const { folder, processId, onWait, signal } = options;
  const file = join(folder, name);
  const own: Holder = { host: hostname(), processId, startTime: startTimeOf(processId) };
  let hasWaited = false;
  while (!signal.aborted) {
    const attempt = tryLock(file, own);
    if (attempt === 'unavailable') break;
    if (attempt === 'locked') return { hasWaited, [Symbol.dispose]: () => unlock(file, own) };
    const holder = readHolder(file);
    if (holder === 'absent') continue;
    if (holder !== 'unreadable' && holder.host !== own.host) break;
    if (holder !== 'unreadable' && isAlive(holder)) {
      if (!hasWaited) onWait(holder.processId);
      hasWaited = true;
      await delay(LOOK_AGAIN_MS);
    } else if (!removeStale(file, holder, own)) break;
  }
  return { hasWaited, [Symbol.dispose]: () => undefined };
}

function tryLock(file: string, own: Holder): 'locked' | 'taken' | 'unavailable' {
  const temporary = `${file}.${own.processId}`;
  try {
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(temporary, JSON.stringify(own));
    linkSync(temporary, file);
    return 'locked';
  } catch (error) {
    // A full or read-only disk, or one without links: no lock, then.
    return isErrno(error, 'EEXIST') ? 'taken' : 'unavailable';
  } finally {
    removeFile(temporary);
  }
}

/** Removes what processes of this machine that have died left in a folder of locks; not being able to is no error. */
export function removeDeadLocks(folder: string, processId: number): void {
  const own: Holder = { host: hostname(), processId, startTime: startTimeOf(processId) };
  for (const name of namesIn(folder)) {
    const file = join(folder, name);
    // What a lock is made from, or was moved to, ends with the process that did it.
    const maker = /\.(\d+)(?:\.stale)?$/.exec(name)?.[1];
    const holder = maker === undefined ? readHolder(file) : { ...own, processId: Number(maker), startTime: undefined };
    if (holder === 'absent' || holder === 'unreadable' || holder.host !== own.host || isAlive(holder)) continue;
    if (maker === undefined) removeStale(file, holder, own);
    else removeFile(file);
  }
}

function unlock(file: string, own: Holder): void {
  if (isSameHolder(readHolder(file), own)) removeFile(file);
}

/**
 * Moved aside first, and looked at: between reading and moving another process may have taken the lock over already.
 * @returns false where it cannot be moved
 */
function removeStale(file: string, dead: Holder | 'unreadable', own: Holder): boolean {
  const aside = `${file}.${own.processId}.stale`;
  try {
    renameSync(file, aside);
  } catch (error) {
    return isErrno(error, 'ENOENT');
  }
  try {
    if (!isSameHolder(readHolder(aside), dead)) linkSync(aside, file);
  } catch {
    // Somebody has locked it anew, or it cannot be put back: then two do the same work.
  } finally {
    removeFile(aside);
  }
  return true;
}

function readHolder(file: string): Holder | 'absent' | 'unreadable' {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch (error) {
    return isErrno(error, 'ENOENT') ? 'absent' : 'unreadable';
  }
}

function isSameHolder(a: Holder | string, b: Holder | string): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a.host === b.host && a.processId === b.processId && a.startTime === b.startTime;
}

function removeFile(file: string): void {
  try {
    rmSync(file, { recursive: true, force: true });
  } catch {
    // It cannot be removed: whoever reads it finds its holder dead.
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // No locks were ever taken here, or they cannot be looked at.
    return [];
  }
}
