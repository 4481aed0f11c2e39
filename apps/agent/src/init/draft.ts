/** Settings of a task in the words of velocity.yml, in the order in which they are written. */
export interface TaskSettings {
  command?: string;
  depends_on?: readonly string[];
  inputs?: readonly string[];
  outputs?: readonly string[];
  env?: readonly string[];
  pass_env?: readonly string[];
  dotenv?: readonly string[];
  cache?: boolean;
  persistent?: boolean;
  description?: string;
}

/** What holds for all tasks, in the words of velocity.yml. */
export interface GlobalDraft {
  inputs?: readonly string[];
  env?: readonly string[];
  pass_env?: readonly string[];
  dotenv?: readonly string[];
}

export interface RemoteDraft {
  url: string;
  read_only?: boolean;
  max_artifact_size?: number;
}

/** A velocity.yml that is being written. */
export interface Draft {
  packages?: readonly string[];
  remote?: RemoteDraft;
  cacheDir?: string;
  readonly global: GlobalDraft;
  /** True where outputs were guessed, and the reader should look at them. */
  hasGuesses?: boolean;
  /** By task name, or `//#task`. */
  readonly tasks: Map<string, TaskSettings>;
  /** By `package#task`. */
  readonly overrides: Map<string, TaskSettings>;
  /** Files that something was taken from, relative to the root. */
  readonly sources: Set<string>;
  /** What could not be carried over: `file: thing: reason`. */
  readonly notes: string[];
}

export function emptyDraft(): Draft {
  return { global: {}, tasks: new Map(), overrides: new Map(), sources: new Set(), notes: [] };
}

/** Where a task depends on what its package builds on: `^build` where there is a build. */
export function upstreamOf(task: string, draft: Draft): readonly string[] {
  return [draft.tasks.has('build') ? '^build' : `^${task}`];
}

export function unique<T>(items: readonly T[]): readonly T[] {
  return [...new Set(items)];
}

/** The tasks that others depend on and that nothing else speaks of get an entry. Not knowing what they write, it does not cache them. */
export function completeDependencies(draft: Draft): void {
  const all = [...draft.tasks.values(), ...draft.overrides.values()].flatMap(({ depends_on = [] }) => depends_on);
  for (const text of all) {
    const name = text.replace(/^\^/, '');
    if (name.includes('#') || name === '$INHERIT' || draft.tasks.has(name)) continue;
    draft.tasks.set(name, { cache: false });
    draft.notes.push(
      `${name}: other tasks depend on it and nothing says what it writes: not cached until outputs are named`,
    );
  }
}
