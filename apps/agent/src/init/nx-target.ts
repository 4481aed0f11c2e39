import { dependencyRule, envRule, globRule, outputRule } from '../config/text-rules.js';
import { unique, type TaskSettings } from './draft.js';
import { isTable, stringsOf, type Table } from './source-files.js';
import { sound, type Note } from './turbo-task.js';

export interface NxContext {
  readonly namedInputs: Table;
  /** Targets that nx caches though they do not say so. */
  readonly cacheable: ReadonlySet<string>;
}

/** What the variables of outputs stand for. */
export interface NxProject {
  readonly directory: string;
  readonly name: string;
}

export interface NxTargetOptions extends NxContext {
  readonly note: Note;
  /** True where the settings go over defaults: what is not said is then inherited. */
  readonly isOverride?: boolean;
  readonly project?: NxProject;
}

const KNOWN_KEYS = new Set([
  'dependsOn',
  'inputs',
  'outputs',
  'cache',
  'continuous',
  'command',
  'executor',
  'options',
  'metadata',
]);

/** One target of nx in our words. `target` is for the notes. Without `cache: true` nx caches nothing. */
export function translateNxTarget(target: string, definition: Table, options: NxTargetOptions): TaskSettings {
  const note: Note = (thing, reason) => options.note(`${target}.${thing}`, reason);
  const settings: TaskSettings = {};
  if (definition['dependsOn'] !== undefined) {
    const names = listOf(definition['dependsOn']).flatMap((item) => translateDependency(item, note));
    settings.depends_on = sound('dependsOn', names, dependencyRule, note);
  }
  if (definition['inputs'] !== undefined) addInputs(settings, listOf(definition['inputs']), options.namedInputs, note);
  const outputs = stringsOf(definition['outputs']);
  if (definition['outputs'] !== undefined) settings.outputs = translateNxOutputs(outputs, options.project, note);
  // A result whose files are not known would be restored without them.
  const isKnown = !outputs.some((output) => output.includes('{options.'));
  const isCached = isKnown && (definition['cache'] === true || options.cacheable.has(target));
  if (definition['continuous'] === true) Object.assign(settings, { persistent: true, cache: false });
  else if (definition['cache'] === false || (!isCached && (options.isOverride !== true || !isKnown)))
    settings.cache = false;
  else if (isCached && options.isOverride === true) settings.cache = true;
  for (const key of Object.keys(definition)) if (!KNOWN_KEYS.has(key)) note(key, 'it has no counterpart');
  if (options.isOverride !== true && definition['executor'] !== undefined) {
    note('executor', 'write the command that it runs');
  }
  return settings;
}

/** True for an output whose path is another one in each project. */
export function variesByProject(output: string): boolean {
  return /\{project(Root|Name)\}/.test(output.replace(/^\{projectRoot\}\//, ''));
}

/** Outputs in our notation. Without a project those that vary are left out. */
export function translateNxOutputs(
  outputs: readonly string[],
  project: NxProject | undefined,
  note: Note,
): readonly string[] {
  const fixed = outputs
    .filter((output) => project !== undefined || !variesByProject(output))
    .map((output) => toOurPath(project === undefined ? output : substitute(output, project)));
  const known = fixed.filter((output) => !output.includes('{options.'));
  for (const output of fixed.filter((output) => !known.includes(output))) {
    note(`outputs ${output}`, 'it depends on options: not cached until you name it, and remove cache: false');
  }
  return sound('outputs', known, outputRule, note);
}

function substitute(output: string, { directory, name }: NxProject): string {
  const [, own = '', rest = ''] = /^(!?\{projectRoot\}\/)?(.*)$/s.exec(output) ?? [];
  return own + rest.replaceAll('{projectRoot}', directory).replaceAll('{projectName}', name);
}

function translateDependency(item: unknown, note: Note): readonly string[] {
  if (typeof item === 'string')
    return [item.includes(':') && !item.includes('#') ? item.replace(/^([^:^]+):([^:]+)$/, '$1#$2') : item];
  if (!isTable(item) || typeof item['target'] !== 'string') return [];
  const { target, projects, dependencies } = item;
  if (item['params'] === 'forward') note(`dependsOn ${target}`, 'arguments are not passed on');
  if (dependencies === true || projects === 'dependencies') return [`^${target}`];
  if (projects === undefined || projects === 'self') return [target];
  return stringsOf(projects).map((project) => `${project}#${target}`);
}

function addInputs(settings: TaskSettings, items: readonly unknown[], named: Table, note: Note): void {
  const globs: string[] = [];
  const env: string[] = [];
  const visit = (item: unknown, path: readonly string[]): void => {
    if (typeof item === 'string') {
      // What this task's packages depend on is part of the key by depends_on.
      if (item.startsWith('^')) return;
      if (/[{/*.]/.test(item)) globs.push(toOurPath(item));
      else if (path.includes(item)) note(`inputs ${item}`, 'it refers to itself');
      else if (Array.isArray(named[item])) for (const inner of named[item]) visit(inner, [...path, item]);
      else if (item === 'default') globs.push('$DEFAULT');
      else note(`inputs ${item}`, 'there is no such named input');
    } else if (isTable(item) && typeof item['env'] === 'string') env.push(item['env']);
    else if (isTable(item) && typeof item['fileset'] === 'string') globs.push(toOurPath(item['fileset']));
    else if (isTable(item) && item['externalDependencies'] !== undefined) return;
    else if (isTable(item) && typeof item['input'] === 'string' && item['projects'] === undefined) {
      if (item['dependencies'] !== true) visit(item['input'], path);
    } else note(`inputs ${JSON.stringify(item)}`, 'it has no counterpart');
  };
  for (const item of items) visit(item, []);
  const inputs = unique(sound('inputs', globs, globRule, note));
  if (inputs.length > 0 && inputs.join() !== '$DEFAULT') settings.inputs = inputs;
  if (env.length > 0) settings.env = unique(sound('inputs env', env, envRule, note));
}

function toOurPath(path: string): string {
  return path
    .replace(/^(!?)\{projectRoot\}\/\*\*\/?\*?$/, '$1$$DEFAULT')
    .replace(/^(!?)\{projectRoot\}\//, '$1')
    .replace(/^(!?)\{workspaceRoot\}\//, '$1$$ROOT/');
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
