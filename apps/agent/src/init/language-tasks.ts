import type { Package } from '@velocity/workspace';
import { upstreamOf, type Draft, type TaskSettings } from './draft.js';
import { isRoot, type InitWorkspace } from './init-workspace.js';
import { cargoTasks } from './cargo-tasks.js';
import { goTasks } from './go-tasks.js';
import { pythonTasks } from './python-tasks.js';

/** What a package of a language without scripts does for a task. */
export type LanguageTasks = ReadonlyMap<string, TaskSettings & { readonly command: string }>;

interface OwnTasks {
  readonly owner: Package;
  readonly tasks: LanguageTasks;
}

/**
 * Adds commands for Rust, Go and Python packages. Where all packages would get the same command it stands in the pipeline;
 * else each package gets its override, and a task of the pipeline runs scripts in some packages and commands in others.
 */
export function addLanguageTasks(workspace: InitWorkspace, draft: Draft): void {
  const owners = workspace.packages.filter(
    (owner) => workspace.isSingle || !isRoot(owner) || owner.manifests.length > 0,
  );
  const found = owners
    .map((owner) => ({ owner, tasks: tasksOf(owner, workspace, draft) }))
    .filter(({ tasks }) => tasks.size > 0);
  const names = [...new Set(found.flatMap(({ tasks }) => [...tasks.keys()]))];
  for (const name of [...names.filter((name) => name === 'build'), ...names.filter((name) => name !== 'build')]) {
    addTask(
      name,
      found.filter(({ tasks }) => tasks.has(name)),
      workspace,
      draft,
    );
  }
}

function addTask(name: string, users: readonly OwnTasks[], workspace: InitWorkspace, draft: Draft): void {
  const isNew = !draft.tasks.has(name);
  if (isNew) draft.tasks.set(name, {});
  if (isNew) draft.tasks.set(name, { depends_on: upstreamOf(name, draft) });
  const members = workspace.packages.filter((owner) => workspace.isSingle || !isRoot(owner));
  const settings = users.map(({ owner, tasks }) => ({ owner, own: tasks.get(name) as TaskSettings }));
  const isShared =
    isNew && users.length === members.length && users.every(({ owner }) => workspace.isSingle || !isRoot(owner));
  const common = isShared ? commonOf(settings.map(({ own }) => own)) : {};
  draft.tasks.set(name, { ...draft.tasks.get(name), ...common });
  for (const { owner, own } of settings) {
    const rest = Object.fromEntries(Object.entries(own).filter(([key]) => !(key in common)));
    const override = overGeneral(rest, draft.tasks.get(name) ?? {});
    if (Object.keys(override).length > 0) draft.overrides.set(`${owner.name}#${name}`, override);
  }
}

/** A package's settings as an override: what is made for scripts must not be inherited, what is a default need not be said. */
function overGeneral(own: TaskSettings, general: TaskSettings): TaskSettings {
  const { outputs, ...settings } = own;
  const needsInputs = own.inputs === undefined && general.inputs !== undefined && own.command !== undefined;
  const needsOutputs = outputs !== undefined && (outputs.length > 0 || (general.outputs ?? []).length > 0);
  return { ...settings, ...(needsInputs && { inputs: ['$DEFAULT'] }), ...(needsOutputs && { outputs }) };
}

/** The settings that are the same in all. */
function commonOf(all: readonly TaskSettings[]): TaskSettings {
  const [first = {}, ...others] = all;
  const same = Object.entries(first).filter(([key, value]) => {
    const isDefault = Array.isArray(value) && value.length === 0;
    const text = JSON.stringify(value);
    return !isDefault && others.every((other) => JSON.stringify(other[key as keyof TaskSettings]) === text);
  });
  return Object.fromEntries(same);
}

function tasksOf(owner: Package, { root }: InitWorkspace, draft: Draft): LanguageTasks {
  const found = new Map<string, TaskSettings & { readonly command: string }>();
  for (const [tool, readTasks] of [
    ['cargo', cargoTasks],
    ['go', goTasks],
    ['python', pythonTasks],
  ] as const) {
    for (const [name, settings] of readTasks(root, owner, draft)) {
      const isTaken = Object.hasOwn(owner.scripts, name) || found.has(name);
      // A folder with two manifests keeps its script, and gets the other command under a name of its own.
      found.set(isTaken ? `${tool}-${name}` : name, settings);
    }
  }
  return found;
}
