import { readFileSync } from 'node:fs';

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
