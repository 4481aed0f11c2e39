import { compareCodeUnits, VelocityError } from '@velocity/core';
import { entryNameRule, taskIdRule } from '../config/text-rules.js';
import { completeDependencies, emptyDraft, unique, type Draft } from './draft.js';
import { addNxTasks } from './from-nx.js';
import { addPolykitTasks } from './from-polykit.js';
import { addScriptTasks } from './from-scripts.js';
import { addTurboTasks } from './from-turbo.js';
import { openInitWorkspace, type InitWorkspace } from './init-workspace.js';
import { buildVariables } from './javascript-outputs.js';
import { addLanguageTasks } from './language-tasks.js';
import { renderConfig } from './render-config.js';
import { readText } from './source-files.js';

export type InitSource = 'turbo' | 'nx' | 'polykit';

export interface GenerateConfigOptions {
  /** Absolute path of the workspace. */
  readonly root: string;
  /** What to translate; absent: the first of turbo.json, nx.json and polykit.toml that is there, else scripts and manifests. */
  readonly from?: InitSource | undefined;
}

export interface GeneratedConfig {
  /** A velocity.yml that `loadConfig` takes. */
  readonly yaml: string;
  /** The files that it was made from, relative to the root. */
  readonly sources: readonly string[];
  /** What could not be carried over: the file, the thing and the reason, one line each. */
  readonly notes: readonly string[];
}

const FILES: Readonly<Record<InitSource, readonly string[]>> = {
  turbo: ['turbo.json', 'turbo.jsonc'],
  nx: ['nx.json'],
  polykit: ['polykit.toml'],
};
const TRANSLATORS: Readonly<Record<InitSource, (file: string, workspace: InitWorkspace, draft: Draft) => void>> = {
  turbo: addTurboTasks,
  nx: addNxTasks,
  polykit: addPolykitTasks,
};

/** Files at the root that say which packages there are. */
const WORKSPACE_FILES = ['package.json', 'pnpm-workspace.yaml', 'Cargo.toml', 'go.work', 'pyproject.toml'];

/**
 * A first velocity.yml for a workspace, from what is there. Reads files, writes none.
 * @throws VelocityError `CONFIG_NOT_FOUND` where `from` names a tool whose file is absent; `CONFIG_INVALID` for a file that does not parse
 */
export function generateConfig({ root, from }: GenerateConfigOptions): GeneratedConfig {
  const draft = emptyDraft();
  const found = findSource(root, from);
  const workspace = openInitWorkspace(root, draft);
  if (workspace.globs !== undefined) draft.packages = workspace.globs;
  for (const file of workspace.isSingle ? [] : WORKSPACE_FILES) {
    if (readText(root, file) !== undefined) draft.sources.add(file);
  }
  if (found !== undefined) {
    TRANSLATORS[found.source](found.file, workspace, draft);
    draft.sources.add(found.file);
  }
  if (draft.tasks.size === 0) addScriptTasks(workspace, draft);
  if (found?.source !== 'polykit') addLanguageTasks(workspace, draft);
  if (draft.tasks.size === 0 && draft.overrides.size === 0) addStartingPoint(draft);
  completeDependencies(draft);
  tidyTasks(draft, workspace.isSingle && found === undefined);
  dropUnnameable(draft);
  const variables = buildVariables(workspace.packages);
  if (variables.length > 0) draft.global.env = unique([...(draft.global.env ?? []), ...variables]);
  return {
    yaml: renderConfig(draft),
    sources: summarise([...draft.sources].sort(compareCodeUnits)),
    notes: unique(draft.notes),
  };
}

function findSource(root: string, from: InitSource | undefined): { source: InitSource; file: string } | undefined {
  const wanted = from === undefined ? (['turbo', 'nx', 'polykit'] as const) : [from];
  for (const source of wanted) {
    const file = FILES[source].find((name) => readText(root, name) !== undefined);
    if (file !== undefined) return { source, file };
  }
  if (from === undefined) return undefined;
  const hint = 'leave --from out to begin from scripts and manifests';
  throw new VelocityError('CONFIG_NOT_FOUND', `there is no ${FILES[from].join(' or ')} in the workspace`, { hint });
}

/** Other tools allow names of tasks and packages that would be read as something else here. */
function dropUnnameable(draft: Draft): void {
  for (const [tasks, rule] of [
    [draft.tasks, entryNameRule],
    [draft.overrides, taskIdRule],
  ] as const) {
    for (const name of tasks.keys()) {
      const complaint = rule(name);
      if (complaint === undefined) continue;
      tasks.delete(name);
      draft.notes.push(complaint.message);
    }
  }
}

/** Leaves out of general tasks what is a default anyway, and where there are no other packages what is said of them. */
function tidyTasks(draft: Draft, isAlone: boolean): void {
  for (const [name, settings] of draft.tasks) {
    const lists = Object.entries(settings).map(([key, value]) => {
      const isUpstream = isAlone && key === 'depends_on' && Array.isArray(value);
      return [key, isUpstream ? value.filter((text: string) => !text.startsWith('^')) : value] as const;
    });
    const kept = lists.filter(([, value]) => !Array.isArray(value) || value.length > 0);
    draft.tasks.set(name, Object.fromEntries(kept));
  }
}

function addStartingPoint(draft: Draft): void {
  draft.tasks.set('build', { command: 'npm run build', depends_on: ['^build'], outputs: ['dist/**'] });
  draft.notes.push('no scripts and no manifests were found: the file is a starting point');
}

/** Many files of one name are told as a number. */
function summarise(files: readonly string[]): readonly string[] {
  const byName = new Map<string, string[]>();
  for (const file of files) {
    const name = file.slice(file.lastIndexOf('/') + 1);
    byName.set(name, [...(byName.get(name) ?? []), file]);
  }
  return [...byName].flatMap(([name, all]) => (all.length > 5 ? [`${all.length} files ${name}`] : all));
}
