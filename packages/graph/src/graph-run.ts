import { compareCodeUnits, isErrno, isVelocityError, unreachable, VelocityError } from '@velocity/core';
import { PriorityQueue } from './priority-queue.js';
import type { ExecuteTask, RunGraphOptions, TaskResult } from './run-graph.js';
import type { TaskGraph, TaskNode } from './task-graph.js';
import type { TaskId } from './task-id.js';

interface Lane {
  readonly ready: PriorityQueue<TaskId>;
  readonly limit: number;
  running: number;
}

type Options<D, T> = RunGraphOptions<D, T> & Required<Pick<RunGraphOptions<D, T>, 'priorities'>>;

/** The state of one `runGraph`. A task is waiting, ready in its lane, running, or has a result. */
export class GraphRun<D, T> {
  readonly #graph: TaskGraph<D>;
  readonly #execute: ExecuteTask<D, T>;
  readonly #options: Options<D, T>;
  readonly #missing = new Map<TaskId, number>();
  readonly #lanes = new Map<string, Lane>();
  readonly #running = new Map<TaskId, AbortController>();
  readonly #results = new Map<TaskId, TaskResult<T>>();
  readonly #errors: unknown[] = [];
  #isStopped = false;
  #finish: () => void = () => {};

  constructor(graph: TaskGraph<D>, execute: ExecuteTask<D, T>, options: Options<D, T>) {
    this.#graph = graph;
    this.#execute = execute;
    this.#options = options;
  }

  /** Once only. */
  async run(): Promise<ReadonlyMap<TaskId, TaskResult<T>>> {
    const { signal } = this.#options;
    const onAbort = (): void => this.#cancel(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      if (signal?.aborted === true) onAbort();
      for (const id of this.#graph.topologicalOrder) {
        const count = this.#graph.dependenciesOf(id).length;
        this.#missing.set(id, count);
        if (count === 0) this.#makeReady(id);
      }
      await new Promise<void>((resolve) => {
        this.#finish = resolve;
        this.#startReady();
      });
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
    if (this.#errors.length > 1) throw new AggregateError(this.#errors, 'several tasks could not be executed');
    if (this.#errors.length === 1) throw this.#errors[0];
    return new Map(this.#graph.topologicalOrder.map((id) => [id, this.#results.get(id) ?? { status: 'cancelled' }]));
  }

  #makeReady(id: TaskId): void {
    const { lanes, concurrency, priorities } = this.#options;
    const name = lanes?.of(this.#nodeOf(id)) ?? '';
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      const own = lanes !== undefined && Object.hasOwn(lanes.concurrency, name) ? lanes.concurrency[name] : undefined;
      const ready = new PriorityQueue<TaskId>(
        (a, b) => (priorities.get(b) ?? 0) - (priorities.get(a) ?? 0) || compareCodeUnits(a, b),
      );
      lane = { ready, limit: own ?? concurrency, running: 0 };
      this.#lanes.set(name, lane);
    }
    lane.ready.push(id);
  }

  #startReady(): void {
    for (const lane of this.#lanes.values()) {
      while (!this.#isStopped && lane.running < lane.limit) {
        const id = lane.ready.pop();
        if (id === undefined) break;
        void this.#runTask(id, lane);
      }
    }
    if (this.#running.size === 0) this.#finish();
  }

  /** Never rejects: what is thrown ends the whole run. */
  async #runTask(id: TaskId, lane: Lane): Promise<void> {
    const controller = new AbortController();
    const { signal } = controller;
    this.#running.set(id, controller);
    lane.running += 1;
    try {
      const outcome = await this.#execute(this.#nodeOf(id), { signal });
      this.#settle(id, { status: 'ended', outcome, isFailure: this.#options.isFailure(outcome) });
    } catch (error) {
      if (isCancellation(error, signal)) this.#results.set(id, { status: 'cancelled' });
      else {
        this.#errors.push(error);
        this.#cancel(new VelocityError('CANCELLED', `cancelled: ${id} could not be executed`, { cause: error }));
      }
    } finally {
      this.#running.delete(id);
      lane.running -= 1;
    }
    this.#startReady();
  }

  #settle(id: TaskId, result: TaskResult<T> & { status: 'ended' }): void {
    this.#results.set(id, result);
    if (result.isFailure) this.#handleFailure(id);
    for (const dependent of this.#graph.dependentsOf(id)) {
      const left = (this.#missing.get(dependent) as number) - 1;
      this.#missing.set(dependent, left);
      if (left === 0 && !this.#isStopped && !this.#results.has(dependent)) this.#makeReady(dependent);
    }
  }

  #handleFailure(id: TaskId): void {
    if (this.#isStopped) return;
    const { failureMode } = this.#options;
    switch (failureMode) {
      case 'stop':
        this.#cancel(new VelocityError('CANCELLED', `cancelled: ${id} failed`));
        return this.#skip(this.#graph.topologicalOrder, id);
      case 'continue-independent':
        return this.#skip(this.#allDependentsOf(id), id);
      case 'continue-all':
        return;
      default:
        return unreachable(failureMode);
    }
  }

  #skip(ids: Iterable<TaskId>, because: TaskId): void {
    for (const id of ids) {
      if (this.#results.has(id) || this.#running.has(id)) continue;
      this.#results.set(id, { status: 'skipped', because });
      this.#options.onSkip?.(this.#nodeOf(id), because);
    }
  }

  /** Those that have a result were skipped for another failed task, and so was everything above them. */
  #allDependentsOf(id: TaskId): Iterable<TaskId> {
    const found = new Set([id]);
    for (const member of found) {
      for (const dependent of this.#graph.dependentsOf(member)) if (!this.#results.has(dependent)) found.add(dependent);
    }
    return found;
  }

  /** Starts nothing more, and asks what runs to end. */
  #cancel(reason: unknown): void {
    this.#isStopped = true;
    for (const controller of this.#running.values()) controller.abort(reason);
  }

  #nodeOf(id: TaskId): TaskNode<D> {
    return this.#graph.tasks.get(id) as TaskNode<D>;
  }
}

function isCancellation(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  return error === signal.reason || isVelocityError(error, 'CANCELLED') || isAbortError(error);
}

/** Node's own has this code; the web's has only the name. */
function isAbortError(error: unknown): boolean {
  if (isErrno(error, 'ABORT_ERR')) return true;
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError';
}
