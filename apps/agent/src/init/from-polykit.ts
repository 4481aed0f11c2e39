import { dependencyRule, envRule, gatewayUrlRule, globRule } from '../config/text-rules.js';
import type { Draft, TaskSettings } from './draft.js';
import type { InitWorkspace } from './init-workspace.js';
import { isCheckName } from './from-scripts.js';
import { isTable, readText, readToml, stringsOf, tableAt, type Table } from './source-files.js';
import { sound, type Note } from './turbo-task.js';

const ROOT_KEYS = new Set(['workspace', 'remote_cache', 'name', 'language', 'public', 'deps', 'tasks']);
const WORKSPACE_KEYS = new Set(['tasks', 'cache_dir']);
const REMOTE_KEYS = new Set(['url', 'env_vars', 'input_files', 'max_artifact_size', 'read_only', 'token']);

/** Translates the workspace's polykit.toml and those of the packages; their names and deps are read from the files as they are. */
export function addPolykitTasks(file: string, workspace: InitWorkspace, draft: Draft): void {
  const polykit = readToml(workspace.root, file) ?? {};
  const note: Note = (thing, reason) => draft.notes.push(`${file}: ${thing}: ${reason}`);
  const remote = tableAt(polykit, 'remote_cache');
  addRemote(remote, draft, note);
  const inputs = sound('remote_cache.input_files', stringsOf(remote['input_files']), globRule, note);
  const tasks = { ...tableAt(polykit, 'workspace', 'tasks'), ...(workspace.isSingle ? tableAt(polykit, 'tasks') : {}) };
  for (const [name, definition] of Object.entries(tasks)) draft.tasks.set(name, translate(name, definition, note));
  for (const owner of workspace.packages) {
    const path = `${owner.directory}/polykit.toml`;
    if (owner.directory === '' || readText(workspace.root, path) === undefined) continue;
    draft.sources.add(path);
    const aboutOwn: Note = (thing, reason) => draft.notes.push(`${path}: ${thing}: ${reason}`);
    for (const [name, definition] of Object.entries(tableAt(readToml(workspace.root, path) ?? {}, 'tasks'))) {
      draft.overrides.set(`${owner.name}#${name}`, translate(name, definition, aboutOwn));
    }
  }
  orderByPackages(draft);
  for (const [name, settings] of draft.tasks) {
    const isStored = isCheckName(name);
    draft.tasks.set(name, { ...settings, ...(inputs.length > 0 && { inputs }), ...(!isStored && { cache: false }) });
    if (!isStored) note(name, 'Polykit knows no outputs: not cached until you name them, and remove cache: false');
  }
  for (const key of Object.keys(polykit)) if (!ROOT_KEYS.has(key)) note(key, 'it has no counterpart');
  for (const key of Object.keys(tableAt(polykit, 'workspace'))) {
    if (key === 'default_parallel') note(key, 'use --concurrency, or VELOCITY_CONCURRENCY');
    else if (!WORKSPACE_KEYS.has(key)) note(`workspace.${key}`, 'it has no counterpart');
  }
  const cacheDir = tableAt(polykit, 'workspace')['cache_dir'];
  if (typeof cacheDir === 'string')
    note('workspace.cache_dir', 'its content cannot be used; cache.dir names a folder of ours');
}

function addRemote(remote: Table, draft: Draft, note: Note): void {
  const { url } = remote;
  if (typeof url === 'string' && gatewayUrlRule(url) === undefined) {
    draft.remote = { url };
    if (remote['read_only'] === true) draft.remote.read_only = true;
    if (typeof remote['max_artifact_size'] === 'number') draft.remote.max_artifact_size = remote['max_artifact_size'];
    note('remote_cache.url', 'polykit-cache speaks another protocol; the address must be that of a velocity-server');
  } else if (url !== undefined) note('remote_cache.url', 'a folder cannot be a remote cache; use cache.dir');
  if (remote['token'] !== undefined) note('remote_cache.token', 'secrets stay out of the file; set VC_AUTH_TOKEN');
  const env = sound('remote_cache.env_vars', stringsOf(remote['env_vars']), envRule, note);
  if (env.length > 0) draft.global.env = env;
  for (const key of Object.keys(remote))
    if (!REMOTE_KEYS.has(key)) note(`remote_cache.${key}`, 'it has no counterpart');
}

function translate(task: string, definition: unknown, note: Note): TaskSettings {
  const table = isTable(definition) ? definition : { command: definition };
  const settings: TaskSettings = {};
  if (typeof table['command'] === 'string' && table['command'].trim() !== '') settings.command = table['command'];
  const dependencies = sound(`tasks.${task}.depends_on`, stringsOf(table['depends_on']), dependencyRule, note);
  if (dependencies.length > 0) settings.depends_on = dependencies;
  for (const key of Object.keys(table)) {
    if (key !== 'command' && key !== 'depends_on') note(`tasks.${task}.${key}`, 'it has no counterpart');
  }
  return settings;
}

/** Polykit runs a task in the order of the packages' deps; here that is said by ^. Tasks of packages only get a general entry for it. */
function orderByPackages(draft: Draft): void {
  for (const [id, own] of draft.overrides) {
    const task = id.slice(id.lastIndexOf('#') + 1);
    const general = draft.tasks.get(task) ?? {};
    draft.tasks.set(task, general);
    if (own.depends_on !== undefined) draft.overrides.set(id, { ...own, depends_on: ['$INHERIT', ...own.depends_on] });
  }
  for (const [name, settings] of draft.tasks) {
    draft.tasks.set(name, { ...settings, depends_on: [`^${name}`, ...(settings.depends_on ?? [])] });
  }
}
