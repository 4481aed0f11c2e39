import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDiskFailure } from './disk-failure.js';
import { startTimeOf } from './live-process.js';

/** A command that runs, by its process group, and who runs it. */
interface NotedCommand {
  readonly host: string;
  readonly group: LiveProcess;
  readonly agent: LiveProcess;
}

interface LiveProcess {
  readonly processId: number;
  readonly startTime: string | undefined;
}

const LOOK_AGAIN_MS = 5;
/** SIGKILL is not put off, but a process that waits for a disk ends when that answers. */
const PATIENCE_MS = 5000;

/** Notes a command while it runs, for the run that comes after one that was killed. Dispose takes the note away. */
export function noteCommand(
  file: string,
  { groupId, agentId }: { readonly groupId: number; readonly agentId: number },
): Disposable {
  const note: NotedCommand = { host: hostname(), group: liveProcess(groupId), agent: liveProcess(agentId) };
  orIgnore(() => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(note));
  });
  return { [Symbol.dispose]: () => orIgnore(() => rmSync(file, { force: true })) };
}

/**
 * Ends a command that a run which was killed has left behind: it would go on writing to outputs that are now made, or restored, for other
 * inputs. That of a run which is still alive is left alone. Without /proc no process can be told from a later one, and nothing is ended.
 */
export async function endLeftCommand(file: string): Promise<void> {
  const note = readNote(file);
  if (note?.host !== hostname() || isRunning(note.agent)) return;
  if (isRunning(note.group)) orIgnore(() => process.kill(-note.group.processId, 'SIGKILL'));
  for (let waitedMs = 0; waitedMs < PATIENCE_MS && isRunning(note.group); waitedMs += LOOK_AGAIN_MS) {
    await delay(LOOK_AGAIN_MS);
  }
  orIgnore(() => rmSync(file, { force: true }));
}

function liveProcess(processId: number): LiveProcess {
  return { processId, startTime: startTimeOf(processId) };
}

function isRunning({ processId, startTime }: LiveProcess): boolean {
  return startTime !== undefined && startTimeOf(processId) === startTime;
}

function readNote(file: string): NotedCommand | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as NotedCommand;
  } catch {
    // The last run has ended by itself, or was killed while it wrote this.
    return undefined;
  }
}

/** The note only helps against what a crash leaves: without it things are as they would be without notes. */
function orIgnore(body: () => void): void {
  try {
    body();
  } catch (error) {
    if (!isDiskFailure(error)) throw error;
  }
}
