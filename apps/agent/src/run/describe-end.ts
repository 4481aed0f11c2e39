import { constants } from 'node:os';
import { unreachable } from '@velocity/core';
import type { TaskOutcome } from './events.js';
import type { ProcessEnd } from './task-process.js';

/** What the end of a command means for its task; undefined is success. The codes are those of a shell, and of timeout(1). */
export function describeEnd(end: ProcessEnd): Extract<TaskOutcome, { status: 'failed' }> | undefined {
  switch (end.kind) {
    case 'exited':
      return end.code === 0 ? undefined : { status: 'failed', exitCode: end.code, reason: `exit code ${end.code}` };
    case 'killed':
      return { status: 'failed', exitCode: 128 + (signalNumber(end.signal) ?? 0), reason: `killed by ${end.signal}` };
    case 'timed-out':
      return { status: 'failed', exitCode: 124, reason: 'timed out' };
    case 'not-started':
      return { status: 'failed', exitCode: 127, reason: end.message };
    default:
      return unreachable(end);
  }
}

function signalNumber(signal: string): number | undefined {
  return (constants.signals as Readonly<Record<string, number>>)[signal];
}
