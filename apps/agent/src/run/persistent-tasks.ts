import { join } from 'node:path';
import type { PlannedTask } from '../plan/planned-task.js';
import type { RunEvent } from './events.js';
import { processCommand } from './process-command.js';
import type { RunEnvironment } from './run-environment.js';
import { runProcess } from './task-process.js';

/** Tasks without an end, such as development servers: they take no slot and run until they stop or the run is stopped. */
export class PersistentTasks {
  readonly #env: RunEnvironment;
  readonly #emit: (event: RunEvent) => void;
  readonly #running: Promise<void>[] = [];

  constructor(env: RunEnvironment, emit: (event: RunEvent) => void) {
    this.#env = env;
    this.#emit = emit;
  }

  start(task: PlannedTask, signal: AbortSignal): void {
    const ended = runProcess({
      command: processCommand(task),
      cwd: join(this.#env.root, task.directory),
      env: this.#env.taskEnv(task),
      onOutput: (stream, chunk) =>
        this.#emit({ type: 'task-output', task: task.label, stream, chunk, isReplay: false }),
      graceMs: this.#env.graceMs,
      signal,
    }).then((end) => {
      if (!signal.aborted) this.#emit({ type: 'warning', message: `${task.label} has ended (${end.kind})` });
    });
    this.#running.push(ended);
  }

  async wait(): Promise<void> {
    await Promise.all(this.#running);
  }
}
