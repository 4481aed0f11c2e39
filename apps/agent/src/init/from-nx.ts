import type { Package } from '@velocity/workspace';
import type { Draft, TaskSettings } from './draft.js';
import { addScriptTasks } from './from-scripts.js';
import { isRoot, type InitWorkspace } from './init-workspace.js';
import { nxCommand } from './nx-command.js';
import {
  translateNxOutputs,
  translateNxTarget,
  variesByProject,
  type NxContext,
  type NxTargetOptions,
} from './nx-target.js';
import { isTable, readJson, stringsOf, tableAt, type Table } from './source-files.js';

const SILENT_KEYS = new Set([
  '$schema',
  'targetDefaults',
  'namedInputs',
  'tasksRunnerOptions',
  'affected',
  'defaultBase',
]);
const REASONS: Readonly<Record<string, string>> = {
  plugins: 'tasks that plugins infer are not seen; write them under pipeline',
  generators: 'there are no generators',
  release: 'there is no release command',
  nxCloudId: 'the gateway is another one; fill in the remote block',
  nxCloudAccessToken: 'the gateway is another one; fill in the remote block',
  parallel: 'use --concurrency',
  cacheDirectory: 'its content cannot be used',
};

/** Translates nx.json (targetDefaults, namedInputs) and the commands of project.json files. */
export function addNxTasks(file: string, workspace: InitWorkspace, draft: Draft): void {
  const nx = readJson(workspace.root, file) ?? {};
  const note = (thing: string, reason: string) => draft.notes.push(`${file}: ${thing}: ${reason}`);
  const context: NxContext = {
    namedInputs: tableAt(nx, 'namedInputs'),
    cacheable: new Set(stringsOf(tableAt(nx, 'tasksRunnerOptions', 'default', 'options')['cacheableOperations'])),
  };
  addScriptTasks(workspace, draft);
  for (const [name, definition] of Object.entries(tableAt(nx, 'targetDefaults'))) {
    if (/[:*@/]/.test(name)) note(name, 'defaults of an executor or a pattern; settings belong to a task here');
    else if (!isTable(definition)) note(name, 'it is not a table of settings');
    else addDefaults(name, definition, workspace, draft, { ...context, note });
  }
  for (const key of Object.keys(nx)) if (!SILENT_KEYS.has(key)) note(key, REASONS[key] ?? 'it has no counterpart');
  for (const owner of workspace.packages) {
    addProject(owner, workspace, draft, context);
    const own = owner.packageJson?.['nx'];
    if (!isTable(own) || isRoot(owner)) continue;
    draft.notes.push(`${owner.directory}/package.json: nx: write its settings under overrides`);
  }
}

function addDefaults(
  name: string,
  definition: Table,
  workspace: InitWorkspace,
  draft: Draft,
  options: NxTargetOptions,
): void {
  // The guess from the script's name gives way to what nx was told.
  const settings = { ...draft.tasks.get(name), ...translateNxTarget(name, definition, options) };
  draft.tasks.set(name, settings);
  const outputs = stringsOf(definition['outputs']);
  if (!outputs.some(variesByProject)) return;
  for (const owner of workspace.packages) {
    const targets = tableAt(readJson(workspace.root, projectFile(owner)) ?? {}, 'targets');
    if (!Object.hasOwn(owner.scripts, name) && !Object.hasOwn(targets, name)) continue;
    if (isRoot(owner) && !workspace.isSingle) continue;
    draft.overrides.set(`${owner.name}#${name}`, { outputs: translateNxOutputs(outputs, owner, options.note) });
  }
}

function addProject(owner: Package, workspace: InitWorkspace, draft: Draft, context: NxContext): void {
  const file = projectFile(owner);
  const project = readJson(workspace.root, file);
  if (project === undefined) return;
  const note = (thing: string, reason: string) => draft.notes.push(`${file}: ${thing}: ${reason}`);
  draft.sources.add(file);
  for (const [task, target] of Object.entries(tableAt(project, 'targets'))) {
    if (!isTable(target)) continue;
    const command = nxCommand(target, owner);
    if (command === undefined && (target['executor'] ?? target['command']) !== undefined) {
      const executor = JSON.stringify(target['executor'] ?? target['command']);
      note(`targets.${task}`, `executor ${executor}: write the command that it runs`);
      continue;
    }
    const options = { ...context, note, isOverride: true, project: owner };
    const settings: TaskSettings = {
      ...(command !== undefined && { command }),
      ...translateNxTarget(`targets.${task}`, target, options),
    };
    const id = `${owner.name}#${task}`;
    if (!draft.tasks.has(task)) draft.tasks.set(task, { cache: false });
    if (settings.cache === true && draft.tasks.get(task)?.cache !== false) delete settings.cache;
    if (Object.keys(settings).length > 0) draft.overrides.set(id, { ...draft.overrides.get(id), ...settings });
  }
}

function projectFile({ directory }: Package): string {
  return directory === '' ? 'project.json' : `${directory}/project.json`;
}
