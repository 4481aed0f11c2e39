import type { RawTask } from './schema.js';
import type { DependencyConfig, JsonInput, Located, Origin, TaskCommand, TaskConfig, TaskOverride } from './types.js';

/** A timer of Node's cannot wait longer; with more it would fire at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Finds the origin of a value of the task: `locate('depends_on', 0)`. */
export type LocateInTask = (...path: (string | number)[]) => Origin;

/** What the file says about a task, in our own words; what it does not say is absent. */
export function toOverride(raw: RawTask, locate: LocateInTask): TaskOverride {
  return {
    ...(raw.command !== undefined && { command: toCommand(raw.command) }),
    ...(raw.inputs !== undefined && toInputs(raw.inputs)),
    ...(raw.outputs !== undefined && { outputs: raw.outputs.map(tidyGlob) }),
    ...(raw.depends_on !== undefined && {
      dependsOn: raw.depends_on.map((item, index) => toDependency(item, locate('depends_on', index))),
    }),
    ...(raw.env !== undefined && { env: raw.env }),
    ...(raw.pass_env !== undefined && { passEnv: raw.pass_env }),
    ...(raw.dotenv !== undefined && { dotenv: raw.dotenv.map(tidyGlob) }),
    ...(raw.cache !== undefined && { cache: raw.cache }),
    ...(raw.persistent !== undefined && { persistent: raw.persistent }),
    ...(raw.timeout !== undefined && { timeoutMs: Math.min(raw.timeout, MAX_TIMEOUT_MS) }),
    ...(raw.clean !== undefined && { clean: raw.clean }),
    ...(raw.platform !== undefined && { platform: raw.platform }),
    ...(raw.description !== undefined && { description: raw.description }),
    origin: locate(),
  };
}

/** Fills in the defaults. */
export function toTaskConfig(override: TaskOverride & { readonly origin: Origin }): TaskConfig {
  const persistent = override.persistent ?? false;
  return {
    jsonInputs: [],
    outputs: [],
    dependsOn: [],
    env: [],
    passEnv: [],
    dotenv: [],
    clean: 'auto',
    ...override,
    persistent,
    cache: (override.cache ?? true) && !persistent,
  };
}

/** The two kinds of items that a list of inputs holds. */
export function toInputs(raw: NonNullable<RawTask['inputs']>): Required<Pick<TaskConfig, 'inputs' | 'jsonInputs'>> {
  return {
    inputs: raw.flatMap((item) => (typeof item === 'string' ? [tidyGlob(item)] : [])),
    jsonInputs: raw.flatMap((item) => (typeof item === 'string' ? [] : [toJsonInput(item)])),
  };
}

function toJsonInput({ json, pick, omit = [] }: { json: string; pick?: string[]; omit?: string[] }): JsonInput {
  const file = tidyGlob(json);
  return pick === undefined ? { file, mode: 'omit', fields: omit } : { file, mode: 'pick', fields: pick };
}

export function toLocated(texts: readonly string[], locate: (index: number) => Origin): Located[] {
  return texts.map((text, index) => ({ text, origin: locate(index) }));
}

function toDependency(raw: NonNullable<RawTask['depends_on']>[number], origin: Origin): DependencyConfig {
  if (typeof raw === 'string') return { text: raw, origin, keyedBy: 'key' };
  const { task: text, key, transitive } = raw;
  if (key === undefined) return { text, origin, keyedBy: 'key' };
  return { text, origin, keyedBy: transitive === false ? 'direct-outputs' : 'outputs' };
}

function toCommand(raw: string | readonly string[]): TaskCommand {
  return typeof raw === 'string' ? { kind: 'shell', text: raw } : { kind: 'argv', argv: raw };
}

/** `./dist/` and `dist` are one thing and shall make one key. */
export function tidyGlob(glob: string): string {
  const [, bang = '', body = ''] = /^(!?)(.*)$/s.exec(glob) ?? [];
  return bang + body.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, '');
}
