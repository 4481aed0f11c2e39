import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isErrno, type CacheKey } from '@velocity/core';

/** Who holds a lock. A process id alone would not do: it is given again once its process has ended. */
interface Holder {
  readonly host: string;
  readonly processId: number;
  /** In clock ticks since the machine started, from /proc; undefined where there is none. */
  readonly startTime: string | undefined;
}

export interface KeyLock extends Disposable {
  /** Somebody else made the same result meanwhile: it is worth another look. */
  readonly hasWaited: boolean;
}

export interface KeyLockOptions {
  /** Shared by all that might make the same; made when it is missing. */
  readonly folder: string;
  readonly processId: number;
  readonly onWait: (processId: number) => void;
  readonly signal: AbortSignal;
}

const LOOK_AGAIN_MS = 50;

/**
 * Lets one process of this machine at a time make the result of a key: the others wait until it is done or dead, and find it in the store.
 * A lock is a file that appears whole (link(2)) and names its holder; that of a dead one is taken over. Where no lock can be had,
 * nobody waits: two runs then do the same work, as they would without.
 */
export async function lockKey(key: CacheKey, options: KeyLockOptions): Promise<KeyLock> {
  const { folder, processId, onWait, signal } = options;
  const file = join(folder, key);
  const own: Holder = { host: hostname(), processId, startTime: startTimeOf(processId) };
  let hasWaited = false;
  while (!signal.aborted) {
    const attempt = tryLock(file, own);
    if (attempt === 'unavailable') break;
    if (attempt === 'locked') return { hasWaited, [Symbol.dispose]: () => unlock(file, own) };
    const holder = readHolder(file);
    if (holder === undefined) continue;
    if (holder.host !== own.host) break;
    if (isAlive(holder)) {
      if (!hasWaited) onWait(holder.processId);
      hasWaited = true;
      await delay(LOOK_AGAIN_MS);
    } else removeStale(file, holder, own);
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

function unlock(file: string, own: Holder): void {
  if (isSameHolder(readHolder(file), own)) removeFile(file);
}

/** Moved aside first, and looked at: between reading and moving another process may have taken the lock over already. */
function removeStale(file: string, dead: Holder, own: Holder): void {
  const aside = `${file}.${own.processId}.stale`;
  try {
    renameSync(file, aside);
    if (!isSameHolder(readHolder(aside), dead)) linkSync(aside, file);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'EEXIST', 'EACCES', 'EPERM')) throw error;
  } finally {
    removeFile(aside);
  }
}

/** Undefined: it is gone, or is no lock of ours, which then goes. */
function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) removeFile(file);
    return undefined;
  }
}

function isSameHolder(a: Holder | undefined, b: Holder): boolean {
  return a?.host === b.host && a.processId === b.processId && a.startTime === b.startTime;
}

function isAlive({ processId, startTime }: Holder): boolean {
  try {
    process.kill(processId, 0);
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false;
  }
  const now = startTimeOf(processId);
  return startTime === undefined || now === undefined || now === startTime;
}

/** Field 22 of /proc/<pid>/stat (proc(5)), counted after the command's closing bracket, since a command may hold blanks. */
function startTimeOf(processId: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    // No such process, or no /proc.
    return undefined;
  }
}

function removeFile(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // It cannot be removed: whoever reads it finds its holder dead.
  }
}
