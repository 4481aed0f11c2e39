import { readFileSync } from 'node:fs';
import { isErrno } from '@velocity/core';

/** A process id alone would not do: it is given again once its process has ended. */
export interface NamedProcess {
  readonly processId: number;
  /** As {@link startTimeOf} says; undefined where there is no /proc. */
  readonly startTime?: string | undefined;
}

/** Whether a process of this machine has not ended. Without a start time, whether any has its id. */
export function isAlive({ processId, startTime }: NamedProcess): boolean {
  try {
    process.kill(processId, 0);
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    if (isErrno(error, 'ESRCH')) return false;
  }
  // One that nobody waits for is still there, and has ended all the same.
  return startTime === undefined || startTimeOf(processId) === startTime;
}

/**
 * When a process started, in clock ticks since the machine did: with its id it is that process and no later one. Undefined for one that
 * has ended, and where there is no /proc.
 */
export function startTimeOf(processId: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, 'latin1');
    // proc(5): counted after the command's closing bracket, since a command may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[STATE] === 'Z' ? undefined : fields[START_TIME];
  } catch {
    // No such process, or no /proc.
    return undefined;
  }
}

const STATE = 0;
const START_TIME = 19;
