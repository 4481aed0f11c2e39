import { compareCodeUnits } from '@velocity/core';
import type { Package } from '@velocity/workspace';
import { type Draft, type TaskSettings, upstreamOf } from './draft.js';
import { isRoot, type InitWorkspace } from './init-workspace.js';
import { outputsOfBuild } from './javascript-outputs.js';

const BUILD = /^build$/;
const TEST = /^(test|test:unit|unit|e2e|test:e2e)$/;
const TYPES = /^(typecheck|type-check|check-types|check:types|types:check|tsc)$/;
const CHECK = /^(lint|check|format:check|fmt:check|stylelint|eslint)$/;
const SERVER = /^(dev|start|serve|watch|preview|storybook)$/;
/** Scripts that a package manager calls by itself, or that belong to another one. */
const IMPLICIT = /^(preinstall|install|postinstall|prepare|prepublish|prepublishOnly|prepack|postpack|dependencies)$/;

/** Writes the tasks that the packages' scripts suggest by their names; the others become a note. */
export function addScriptTasks(workspace: InitWorkspace, draft: Draft): void {
  const owners = workspace.packages.filter((owner) => workspace.isSingle || !isRoot(owner));
  const names = [...new Set(owners.flatMap(({ scripts }) => Object.keys(scripts)))].sort(compareCodeUnits);
  const left: string[] = [];
  // The build goes first: whether there is one decides what the others depend on.
  for (const name of [...names.filter((name) => BUILD.test(name)), ...names.filter((name) => !BUILD.test(name))]) {
    const settings = settingsFor(name, draft);
    if (settings !== undefined) draft.tasks.set(name, settings);
    else if (!IMPLICIT.test(name) && !isPrePost(name, names)) left.push(name);
  }
  for (const { directory, scripts } of owners) {
    if (Object.keys(scripts).length > 0)
      draft.sources.add(directory === '' ? 'package.json' : `${directory}/package.json`);
  }
  if (left.length > 0) {
    draft.notes.push(
      `package.json: scripts ${left.join(', ')}: not known to be tasks; name those that are under pipeline`,
    );
  }
  if (draft.tasks.has('build')) addOutputs(owners, draft);
}

/** Tasks that only look: they have a result, but leave nothing behind. */
export function isCheckName(name: string): boolean {
  return TEST.test(name) || TYPES.test(name) || CHECK.test(name);
}

function settingsFor(name: string, draft: Draft): TaskSettings | undefined {
  if (BUILD.test(name)) return { depends_on: ['^build'] };
  if (TEST.test(name)) return { depends_on: draft.tasks.has('build') ? ['build'] : [`^${name}`] };
  if (TYPES.test(name)) return { depends_on: upstreamOf(name, draft) };
  if (CHECK.test(name)) return { depends_on: [`^${name}`] };
  return SERVER.test(name) ? { cache: false, persistent: true } : undefined;
}

function isPrePost(name: string, names: readonly string[]): boolean {
  const main = /^(?:pre|post)(.+)$/.exec(name)?.[1];
  return main !== undefined && names.includes(main);
}

/** The outputs that most packages have stand in the pipeline, the others in overrides. */
function addOutputs(owners: readonly Package[], draft: Draft): void {
  const builders = owners.filter(({ scripts }) => Object.hasOwn(scripts, 'build'));
  const guesses = builders.map((owner) => ({ owner, outputs: outputsOfBuild(owner) }));
  const counts = new Map<string, number>();
  for (const { outputs } of guesses) counts.set(outputs.join('\n'), (counts.get(outputs.join('\n')) ?? 0) + 1);
  const [common] = [...counts].sort(([a, m], [b, n]) => n - m || compareCodeUnits(a, b))[0] ?? ['dist/**'];
  draft.hasGuesses = true;
  draft.tasks.set('build', { ...draft.tasks.get('build'), outputs: common.split('\n') });
  for (const { owner, outputs } of guesses) {
    if (outputs.join('\n') !== common) draft.overrides.set(`${owner.name}#build`, { outputs });
  }
}
