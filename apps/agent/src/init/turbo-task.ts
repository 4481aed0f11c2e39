import { dependencyRule, envRule, globRule, outputRule, type TextRule } from '../config/text-rules.js';
import { unique, type TaskSettings } from './draft.js';
import { isTable, stringsOf } from './source-files.js';

/** Says what of a file could not be carried over. */
export type Note = (thing: string, reason: string) => void;

const KNOWN_KEYS = new Set([
  'dependsOn',
  'inputs',
  'outputs',
  'env',
  'passThroughEnv',
  'dotEnv',
  'cache',
  'persistent',
  'description',
]);
const REASONS: Readonly<Record<string, string>> = {
  outputLogs: 'use --output-logs',
  outputMode: 'use --output-logs',
  extends: 'use extends in a velocity.yml of the package',
};

/** One task of a turbo.json in our words. `task` is only for the notes. */
export function translateTask(task: string, definition: unknown, note: Note): TaskSettings {
  if (!isTable(definition)) {
    note(task, 'it is not a table of settings');
    return {};
  }
  const about: Note = (thing, reason) => note(`${task}.${thing}`, reason);
  const settings: TaskSettings = {};
  const dependencies = stringsOf(definition['dependsOn']);
  if (definition['dependsOn'] !== undefined) {
    const names = dependencies.filter((text) => !text.startsWith('$') || text === '$TURBO_EXTENDS$');
    settings.depends_on = sound('dependsOn', names.map(inherited), dependencyRule, about);
  }
  if (definition['inputs'] !== undefined) {
    const inputs = translateGlobs('inputs', stringsOf(definition['inputs']), about);
    if (inputs.length > 0) settings.inputs = withManifest(inputs);
  }
  if (definition['outputs'] !== undefined) {
    settings.outputs = sound('outputs', stringsOf(definition['outputs']).map(toOurGlob), outputRule, about);
  }
  // Up to version 1.5 a variable stood among the dependencies, as $NAME.
  const variables = dependencies.filter((text) => /^\$\w+$/.test(text)).map((text) => text.slice(1));
  const env = [...variables, ...stringsOf(definition['env'])];
  if (env.length > 0 || definition['env'] !== undefined)
    settings.env = unique(sound('env', env.map(inherited), envRule, about));
  const passEnv = stringsOf(definition['passThroughEnv']);
  if (passEnv.length > 0) settings.pass_env = sound('passThroughEnv', passEnv.map(inherited), envRule, about);
  const dotenv = stringsOf(definition['dotEnv']);
  if (dotenv.length > 0) settings.dotenv = sound('dotEnv', dotenv, globRule, about);
  if (typeof definition['cache'] === 'boolean') settings.cache = definition['cache'];
  if (typeof definition['persistent'] === 'boolean') settings.persistent = definition['persistent'];
  if (typeof definition['description'] === 'string') settings.description = definition['description'];
  for (const key of Object.keys(definition)) {
    if (!KNOWN_KEYS.has(key)) about(key, REASONS[key] ?? 'it has no counterpart');
  }
  return settings;
}

/** turbo's globs in our notation; those that cannot be said become notes. Global ones are relative to the root already. */
export function translateGlobs(key: string, globs: readonly string[], note: Note, isGlobal = false): readonly string[] {
  const own = globs.map((glob) => {
    const translated = toOurGlob(glob);
    return isGlobal ? translated.replace(/^(!?)\$ROOT\//, '$1') : translated;
  });
  return sound(key, own, globRule, note);
}

function toOurGlob(glob: string): string {
  return inherited(glob)
    .replace(/^(!?)\$TURBO_ROOT\$\//, '$1$$ROOT/')
    .replace(/^(!?)\$TURBO_DEFAULT\$$/, '$1$$DEFAULT')
    .replace(/^(!?)(?:\.\/)+/, '$1');
}

function inherited(text: string): string {
  return text === '$TURBO_EXTENDS$' ? '$INHERIT' : text;
}

/** The package's manifest is always an input of turbo's. */
function withManifest(inputs: readonly string[]): readonly string[] {
  const isThere = inputs.some((glob) => glob === '$DEFAULT' || glob === '$INHERIT' || glob === 'package.json');
  return isThere ? inputs : [...inputs, 'package.json'];
}

/** Those that the rule lets pass; each of the others becomes a note. */
export function sound(key: string, texts: readonly string[], rule: TextRule, note: Note): readonly string[] {
  return texts.filter((text) => {
    const complaint = rule(text);
    if (complaint !== undefined) {
      note(
        `${key} ${text}`,
        complaint.hint === undefined ? complaint.message : `${complaint.message}; ${complaint.hint}`,
      );
    }
    return complaint === undefined;
  });
}
