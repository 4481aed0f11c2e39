import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { isSameVersion } from '@velocity/core';
import { compileGlobs, IgnoreCache, listFiles, type CompiledGlobs } from '@velocity/workspace';
import type { Plan } from '../plan/plan-tasks.js';
import type { PlannedTask } from '../plan/planned-task.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';

/** A file that was written while a task ran and that is none of any task's declared outputs. */
export interface StrayWrite {
  /** Relative to the workspace. */
  readonly path: string;
  readonly isInput: boolean;
  /** Labels of other tasks that ran at some time in between: it may have been one of them. */
  readonly others: ReadonlySet<string>;
}

interface Watched {
  readonly task: PlannedTask;
  readonly versions: ReadonlyMap<string, string>;
  readonly others: Set<string>;
}

/**
 * Looks at a task's package and inputs when it starts and again when it ends. In a folder in which nobody else works, what changed in
 * between was written by the task, or by one that ran at the same time.
 */
export class WriteWatch {
  readonly #workspace: OpenWorkspace;
  readonly #outputs: readonly CompiledGlobs[];
  readonly #ignoreCache: IgnoreCache;
  readonly #running = new Map<string, Watched>();
  readonly #writes = new Map<string, readonly StrayWrite[]>();

  constructor(workspace: OpenWorkspace, plan: Plan) {
    this.#workspace = workspace;
    this.#outputs = [...plan.tasks.values()]
      .filter(({ command, config }) => command !== undefined && config.outputs.length > 0)
      .map(({ directory, config }) => compileGlobs(config.outputs, { directory }));
    this.#ignoreCache = new IgnoreCache(workspace.root);
  }

  start(task: PlannedTask): void {
    for (const other of this.#running.values()) other.others.add(task.label);
    const others = new Set(this.#running.keys());
    this.#running.set(task.label, { task, versions: this.#versions(task), others });
  }

  /** For a task that was not started there is nothing to say. */
  end(label: string): void {
    const watched = this.#running.get(label);
    if (watched === undefined) return;
    this.#running.delete(label);
    const { task, versions, others } = watched;
    const now = this.#versions(task);
    const inputs = new Set<string>(task.inputs.map(({ path }) => path));
    const changed = [...new Set([...versions.keys(), ...now.keys()])].filter((path) => {
      // A file of no key that is gone, a temporary one for example, harms nobody.
      const [before, after] = [versions.get(path), now.get(path)];
      if (before === undefined || after === undefined) return after !== undefined || inputs.has(path);
      return !isSameVersion(before, after);
    });
    const strays = changed.filter((path) => !this.#outputs.some((globs) => globs.matches(path)));
    this.#writes.set(
      label,
      strays.sort().map((path) => ({ path, isInput: inputs.has(path), others })),
    );
  }

  writesOf(label: string): readonly StrayWrite[] {
    return this.#writes.get(label) ?? [];
  }

  /** Of the files that git does not ignore, and of the inputs, wherever they are. */
  #versions({ directory, inputs }: PlannedTask): ReadonlyMap<string, string> {
    const { root, packages } = this.#workspace;
    const exclude = packages.map((entry) => entry.directory).filter((other) => other !== directory && other !== '');
    const listed = listFiles({ root, directory, exclude, ignoreCache: this.#ignoreCache });
    const versions = new Map<string, string>();
    for (const path of new Set([...listed, ...inputs.map((input) => input.path)])) {
      const version = versionOf(join(root, path));
      if (version !== undefined) versions.set(path, version);
    }
    return versions;
  }
}

/** For {@link isSameVersion}. */
function versionOf(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats && `${stats.ino} ${stats.mtimeMs} ${stats.nlink} ${stats.ctimeMs}`;
}
