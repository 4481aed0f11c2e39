import { join } from 'node:path';
import type { PlannedTask } from '../plan/planned-task.js';
import { describeEnd } from './describe-end.js';
import type { TaskOutcome } from './events.js';
import { processCommand } from './process-command.js';
import type { RunEnvironment } from './run-environment.js';
import { runProcess } from './task-process.js';

/** Tasks without an end, such as development servers: they take no slot and run until they stop or are stopped. */
export class PersistentTasks {
  readonly #env: RunEnvironment;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];

  constructor(env: RunEnvironment) {
    this.#env = env;
  }

  /** @param onFailed called when it ends with a failure that nobody asked for */
  start(task: PlannedTask, signal: AbortSignal, onFailed: (outcome: TaskOutcome) => void): void {
    const { root, emit, graceMs, taskEnv } = this.#env;
    const stopped = AbortSignal.any([signal, this.#stop.signal]);
    const ended = runProcess({
      command: processCommand(task),
      cwd: join(root, task.directory),
      env: taskEnv(task),
      onOutput: (stream, chunk) => emit({ type: 'task-output', task: task.label, stream, chunk, isReplay: false }),
      graceMs,
      signal: stopped,
    }).then((end) => {
      if (stopped.aborted) return;
      const failure = describeEnd(end);
      if (failure !== undefined) onFailed(failure);
      else emit({ type: 'warning', message: `${task.label} has ended` });
    });
    this.#running.push(ended);
  }

  /** Ends those that still run, and those that are yet to be started. */
  stop(): void {
    this.#stop.abort('SIGTERM');
  }

  async wait(): Promise<void> {
    await Promise.all(this.#running);
  }
}
