import { join } from 'node:path';
import { digestOf } from '@velocity/core';
import { selectOutputs, withDisk, type Disk } from '@velocity/workspace';
import type { PlannedInput, PlannedTask } from '../plan/planned-task.js';
import { isDiskFailure } from '../run/disk-failure.js';
import type { KnownOutput, TaskState } from '../tasks/task-state.js';
import type { TaskOutcome } from '../run/events.js';
import type { Evidence, Row } from './evidence.js';
import { NOTHING_THERE, SEEN, type Seen, type Trace } from './trace.js';

const TYPES: Readonly<Record<Exclude<PlannedInput['type'], 'missing'>, Seen>> = {
  file: SEEN.file,
  executable: SEEN.executable,
  symlink: SEEN.symlink,
};

export function inputTrace({ type, content, size, version }: PlannedInput): Trace {
  if (type === 'missing') return NOTHING_THERE;
  const [ino = 0, mtimeMs = 0, , ctimeMs = 0] = version.split(' ').map(Number);
  return { seen: TYPES[type], size, mtimeMs, ctimeMs, ino, digest: content };
}

/** Whether a task's result is one that the next run finds again. */
export function isKept({ config }: PlannedTask, outcome: TaskOutcome): boolean {
  if (!config.cache) return false;
  if (outcome.status === 'ran') return outcome.stored.status === 'stored';
  return outcome.status === 'fresh' || outcome.status === 'restored';
}

export interface OutputRowsOptions {
  readonly state: TaskState;
  /** Has, or gets, what the look at the folders of the outputs showed. */
  readonly evidence: Evidence;
  /** Somebody has looked, and found what the state says. */
  readonly isListed: boolean;
}

/** What shows that a task's outputs are in place; undefined when other ones are there. */
export function outputRows(
  root: string,
  task: PlannedTask,
  { state, evidence, isListed }: OutputRowsOptions,
): Row[] | undefined {
  if (!isListed && !hasOutputs(root, task, state, evidence.outputsOf(task.id))) return undefined;
  for (const output of state.outputs) {
    const trace = outputTrace(output);
    if (trace !== undefined) evidence.addOutput(task.id, join(root, output[0]), trace);
  }
  return evidence.put(task.id);
}

function hasOutputs(root: string, { directory, config }: PlannedTask, state: TaskState, disk: Disk): boolean {
  try {
    const present = withDisk(disk, () => selectOutputs({ root, directory, globs: config.outputs }));
    return (
      present.length === state.outputs.length && present.every((path, index) => path === state.outputs[index]?.[0])
    );
  } catch (error) {
    if (isDiskFailure(error)) return false;
    throw error;
  }
}

/** Undefined for an empty folder: that it is empty was listed when it was found. */
function outputTrace([, size, mtimeMs, ctimeMs, ino, mode, content]: KnownOutput): Trace | undefined {
  const kind = mode & 0o170000;
  if (kind === 0o040000) return undefined;
  const isLink = kind === 0o120000;
  const seen = isLink ? SEEN.symlink : (mode & 0o100) !== 0 ? SEEN.executable : SEEN.file;
  const digest = isLink ? digestOf(content) : (content as Trace['digest']);
  return { seen, size, mtimeMs, ctimeMs, ino, digest };
}
