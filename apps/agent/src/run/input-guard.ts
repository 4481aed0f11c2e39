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
  /** Whether it is there, with other content or other times than before: as an output of the task's own would be. */
  readonly isWritten: boolean;
}

/** Who wrote it cannot be seen the first time. */
const QUESTION = ' (if the task writes it, declare it as an output)';
/** More at once are rather the work of git, or of an editor that saves all. */
const MAX_OF_ITS_OWN = 3;

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
    const own = describe(task.inputs, await this.#look(() => plan.selectInputs(task)), nameOf);
    const others = [...(await this.#changedDotenv(task, dotenv, nameOf)), ...(await this.#changedGlobals())];
    const changes = [...own, ...others];
    const paths = changes.flatMap(({ path }) => path ?? []);
    const before = suspects.exchange(task.id, paths);
    const again = paths.find((path) => before.has(path));
    if (again === undefined) return changes[0] && changes[0].text + (mayBeItsOwn(own, others) ? QUESTION : '');
    const advice = 'declare it as an output, or leave it out of the inputs';
    return `the task writes its own input ${nameOf(again)}, which changed in its last execution, too: ${advice}`;
  }

  async #changedDotenv(
    { dotenv }: PlannedTask,
    before: Look<readonly PlannedInput[]>,
    nameOf: (path: string) => string,
  ): Promise<InputChange[]> {
    if (dotenv.files.length === 0) return [];
    if ('problem' in before) return [problem(before.problem)];
    const written = describe(before.seen, await this.#look(() => dotenv.files), nameOf);
    const values = await attempt(() => loadDotenv(this.#options.root, dotenv.files));
    if ('problem' in values) return [problem(values.problem)];
    const [name] = changedVariables(dotenv, values.seen);
    if (name === undefined) return written;
    const text = `dotenv ${printablePath(name)} changed while the task ran`;
    return [{ path: written[0]?.path, text, isWritten: true }];
  }

  async #changedGlobals(): Promise<InputChange[]> {
    const { globalInputs } = this.#options.plan;
    return describe(globalInputs, await this.#lookAtGlobals(), (path) => `global input ${printablePath(path)}`);
  }

  #look(select: () => readonly RelativePath[]): Promise<Look<readonly PlannedInput[]>> {
    return attempt(async () => readInputs(this.#options.index, select()));
  }
}

/** Whether what is told may well be the task's doing. */
function mayBeItsOwn(own: readonly InputChange[], others: readonly InputChange[]): boolean {
  return others.length === 0 && own.length <= MAX_OF_ITS_OWN && own[0]?.isWritten === true;
}

function problem(text: string): InputChange {
  return { path: undefined, text, isWritten: false };
}

function describe(
  before: readonly PlannedInput[],
  now: Look<readonly PlannedInput[]>,
  nameOf: (path: string) => string,
): InputChange[] {
  if ('problem' in now) return [problem(now.problem)];
  return compareInputs(before, now.seen).map(({ path, change }) => {
    const verb = change === 'changed' ? change : `was ${change}`;
    return { path, text: `${nameOf(path)} ${verb} while the task ran`, isWritten: change !== 'removed' };
  });
}
