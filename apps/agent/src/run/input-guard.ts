import { printablePath, type FileIndex, type RelativePath } from '@velocity/core';
import { changedVariables, loadDotenv } from '../plan/dotenv.js';
import type { Plan } from '../plan/plan-tasks.js';
import type { PlannedInput, PlannedTask } from '../plan/planned-task.js';
import { pathFrom, readInputs } from '../plan/task-inputs.js';
import type { SuspectInputs } from '../tasks/suspect-inputs.js';
import { compareInputs } from './compare-inputs.js';
import { attempt, shareLook, type Look } from './look.js';

export interface InputGuardOptions {
  readonly root: string;
  readonly index: FileIndex;
  readonly plan: Pick<Plan, 'selectInputs' | 'globalInputs' | 'selectGlobalInputs'>;
  readonly suspects: SuspectInputs;
}

/** What a task reads, watched from before it starts. */
export interface WatchedInputs {
  /** To be called once, after the task: what is not as its key says it was, in one line; undefined when all is. */
  readonly change: () => Promise<string | undefined>;
}

/** Something that a task may have read and that is not, or was not all the time, what its key was made from. */
interface InputChange {
  /** The file; undefined where no single one is known. */
  readonly path: string | undefined;
  readonly text: string;
}

/** Looks at what tasks read again once they have ended. A result that was made while it changed belongs to no key. */
export class InputGuard {
  readonly #options: InputGuardOptions;
  readonly #lookAtGlobals: () => Promise<Look<readonly PlannedInput[]>>;

  constructor(options: InputGuardOptions) {
    this.#options = options;
    this.#lookAtGlobals = shareLook(() => this.#look(options.plan.selectGlobalInputs));
  }

  async start(task: PlannedTask): Promise<WatchedInputs> {
    // A task before this one may write the same variables into a dotenv file again: only what happens from here on says anything.
    const dotenv = await this.#look(() => task.dotenv.files);
    return { change: () => this.#change(task, dotenv) };
  }

  async #change(task: PlannedTask, dotenv: Look<readonly PlannedInput[]>): Promise<string | undefined> {
    const { plan, suspects } = this.#options;
    const nameOf = (path: string): string => printablePath(pathFrom(task.directory, path));
    const inputs = await this.#look(() => plan.selectInputs(task));
    const changes = [
      ...describe(task.inputs, inputs, nameOf),
      ...(await this.#changedDotenv(task, dotenv, nameOf)),
      ...(await this.#changedGlobals()),
    ];
    const paths = changes.flatMap(({ path }) => path ?? []);
    const before = suspects.exchange(task.id, paths);
    const own = paths.find((path) => before.has(path));
    if (own === undefined) return changes[0]?.text;
    const advice = 'declare it as an output, or leave it out of the inputs';
    return `the task writes its own input ${nameOf(own)}, which changed in its last execution, too: ${advice}`;
  }

  async #changedDotenv(
    { dotenv }: PlannedTask,
    before: Look<readonly PlannedInput[]>,
    nameOf: (path: string) => string,
  ): Promise<InputChange[]> {
    if (dotenv.files.length === 0) return [];
    if ('problem' in before) return [{ path: undefined, text: before.problem }];
    const written = describe(before.seen, await this.#look(() => dotenv.files), nameOf);
    const values = await attempt(() => loadDotenv(this.#options.root, dotenv.files));
    if ('problem' in values) return [{ path: undefined, text: values.problem }];
    const [name] = changedVariables(dotenv, values.seen);
    if (name === undefined) return written;
    return [{ path: written[0]?.path, text: `dotenv ${printablePath(name)} changed while the task ran` }];
  }

  async #changedGlobals(): Promise<InputChange[]> {
    const { globalInputs } = this.#options.plan;
    return describe(globalInputs, await this.#lookAtGlobals(), (path) => `global input ${printablePath(path)}`);
  }

  #look(select: () => readonly RelativePath[]): Promise<Look<readonly PlannedInput[]>> {
    return attempt(async () => readInputs(this.#options.index, select()));
  }
}

function describe(
  before: readonly PlannedInput[],
  now: Look<readonly PlannedInput[]>,
  nameOf: (path: string) => string,
): InputChange[] {
  if ('problem' in now) return [{ path: undefined, text: now.problem }];
  return compareInputs(before, now.seen).map(({ path, change }) => {
    const verb = change === 'changed' ? change : `was ${change}`;
    return { path, text: `${nameOf(path)} ${verb} while the task ran` };
  });
}
