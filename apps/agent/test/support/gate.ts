import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Call, Rig } from '../rig.js';

/** A command that says `waiting` and goes on once {@link whileWaiting} lets it. */
export const WAIT = 'echo waiting && cat "$HOME/gate" > /dev/null';

/** Runs tasks of which one does {@link WAIT}; calls `change` while it waits. */
export async function whileWaiting(
  rig: Rig,
  task: string,
  change: () => void,
): Promise<Pick<Call, 'stdout' | 'exitCode'>> {
  const gate = join(rig.home, 'gate');
  execFileSync('mkfifo', ['-m', '600', gate]);
  try {
    await using run = await rig.start(['run', task]);
    await run.waitForLine(/> waiting/);
    change();
    // Opening the pipe waits for the command to be at its other end.
    writeFileSync(gate, '');
    return await run.result;
  } finally {
    execFileSync('rm', ['-f', gate]);
  }
}
