import type { Draft, TaskSettings } from './draft.js';
import { unique } from './draft.js';
import { cacheDirRule, envRule, globRule } from '../config/text-rules.js';
import { isRoot, type InitWorkspace } from './init-workspace.js';
import { isTable, readJson, readText, stringsOf, tableAt, type Table } from './source-files.js';
import { sound, translateGlobs, translateTask, type Note } from './turbo-task.js';

const GLOBAL_KEYS = new Set(['globalDependencies', 'globalEnv', 'globalPassThroughEnv', 'globalDotEnv', 'cacheDir']);
const SILENT_KEYS = new Set(['$schema', 'extends', 'pipeline', 'tasks']);
const REASONS: Readonly<Record<string, string>> = {
  remoteCache: 'the gateway is another one; fill in the remote block',
  envMode: 'tasks get the variables they name; --env-mode loose gives them all',
  concurrency: 'use --concurrency, or VELOCITY_CONCURRENCY',
  ui: 'it has no counterpart',
};

/** Translates turbo.json, version 1 (`pipeline`) and 2 (`tasks`), and those of the packages. */
export function addTurboTasks(file: string, workspace: InitWorkspace, draft: Draft): void {
  const turbo = readJson(workspace.root, file) ?? {};
  const note: Note = (thing, reason) => draft.notes.push(`${file}: ${thing}: ${reason}`);
  const tasks = tasksOf(turbo);
  for (const [name, definition] of Object.entries(tasks)) {
    const settings = translateTask(name, definition, note);
    if (!name.includes('#') || name.startsWith('//#')) draft.tasks.set(name, withoutDefaults(settings));
    else draft.overrides.set(name, settings);
  }
  // turbo's package#task stands alone; ours goes over the general one, whose settings it must then undo.
  for (const [id, settings] of draft.overrides) {
    const general = draft.tasks.get(id.slice(id.lastIndexOf('#') + 1));
    if (general !== undefined) draft.overrides.set(id, { ...undoing(general), ...settings });
  }
  addGlobals(turbo, draft, note);
  addPackageFiles(workspace, draft);
  if (isTable(turbo['pipeline']) && turbo['globalPassThroughEnv'] === undefined) {
    note(
      'environment',
      'turbo 1 gives tasks all variables, velocity those in env and pass_env; --env-mode loose gives them all',
    );
  }
}

function tasksOf(turbo: Table): Table {
  return { ...tableAt(turbo, 'pipeline'), ...tableAt(turbo, 'tasks') };
}

function withoutDefaults({ cache, persistent, ...settings }: TaskSettings): TaskSettings {
  return { ...settings, ...(cache === false && { cache }), ...(persistent === true && { persistent }) };
}

/** Two overrides of one task as one: `$INHERIT` of the upper means the lower, and only below it the general task. */
function onTopOf(lower: TaskSettings, upper: TaskSettings): TaskSettings {
  const below: Readonly<Record<string, unknown>> = { ...lower };
  const merged = Object.entries(upper).map(([key, value]) => {
    const inherited = below[key];
    const isMerged = Array.isArray(value) && Array.isArray(inherited);
    return [key, isMerged ? value.flatMap((item) => (item === '$INHERIT' ? inherited : [item])) : value];
  });
  return { ...lower, ...(Object.fromEntries(merged) as TaskSettings) };
}

function undoing(general: TaskSettings): TaskSettings {
  return {
    ...(general.depends_on?.length && { depends_on: [] }),
    ...(general.inputs && { inputs: ['$DEFAULT'] }),
    ...(general.outputs?.length && { outputs: [] }),
    ...(general.env?.length && { env: [] }),
    ...(general.pass_env?.length && { pass_env: [] }),
    ...(general.dotenv?.length && { dotenv: [] }),
    ...(general.cache === false && { cache: true }),
    ...(general.persistent === true && { persistent: false }),
  };
}

function addGlobals(turbo: Table, draft: Draft, note: Note): void {
  const { global } = draft;
  const dependencies = stringsOf(turbo['globalDependencies']);
  const inputs = translateGlobs(
    'globalDependencies',
    dependencies.filter((text) => !/^\$[A-Z]\w*$/.test(text)),
    note,
    true,
  );
  // The oldest form names a variable among the files.
  const variables = dependencies.filter((text) => /^\$[A-Z]\w*$/.test(text)).map((text) => text.slice(1));
  const env = unique(sound('globalEnv', [...stringsOf(turbo['globalEnv']), ...variables], envRule, note));
  const passEnv = sound('globalPassThroughEnv', stringsOf(turbo['globalPassThroughEnv']), envRule, note);
  const dotenv = sound('globalDotEnv', stringsOf(turbo['globalDotEnv']), globRule, note);
  if (inputs.length > 0) global.inputs = inputs;
  if (env.length > 0) global.env = env;
  if (passEnv.length > 0) global.pass_env = passEnv;
  if (dotenv.length > 0) global.dotenv = dotenv;
  const [cacheDir] = sound('cacheDir', stringsOf(turbo['cacheDir']), cacheDirRule, note);
  if (cacheDir !== undefined) draft.cacheDir = cacheDir;
  for (const key of Object.keys(turbo)) {
    if (!GLOBAL_KEYS.has(key) && !SILENT_KEYS.has(key)) note(key, REASONS[key] ?? 'it has no counterpart');
  }
}

/** A package's turbo.json goes over the root's as our overrides do. */
function addPackageFiles(workspace: InitWorkspace, draft: Draft): void {
  for (const owner of workspace.packages) {
    if (isRoot(owner)) continue;
    const file = ['turbo.json', 'turbo.jsonc']
      .map((name) => `${owner.directory}/${name}`)
      .find((path) => readText(workspace.root, path) !== undefined);
    if (file === undefined) continue;
    const note: Note = (thing, reason) => draft.notes.push(`${file}: ${thing}: ${reason}`);
    const turbo = readJson(workspace.root, file) ?? {};
    draft.sources.add(file);
    for (const [name, definition] of Object.entries(tasksOf(turbo))) {
      const id = `${owner.name}#${name}`;
      if (name.includes('#')) note(name, 'a package speaks of its own tasks only');
      else draft.overrides.set(id, onTopOf(draft.overrides.get(id) ?? {}, translateTask(name, definition, note)));
    }
    for (const key of Object.keys(turbo)) if (!SILENT_KEYS.has(key)) note(key, 'it has no counterpart');
    const others = stringsOf(turbo['extends']).filter((base) => base !== '//');
    if (others.length > 0) note(`extends ${others.join(', ')}`, 'a package builds on the root only; copy the settings');
  }
}
