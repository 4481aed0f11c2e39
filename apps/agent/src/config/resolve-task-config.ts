import { toTaskConfig } from './normalize-task.js';
import { parseScriptCall, scriptText, type Scripts } from './script-command.js';
import { DEFAULT_INPUTS, INHERIT } from './text-rules.js';
import type {
  DependencyConfig,
  JsonInput,
  PackageConfig,
  TaskCommand,
  TaskConfig,
  TaskOverride,
  VelocityConfig,
} from './types.js';

export const ROOT_PACKAGE = '//';

export interface ResolveTaskOptions {
  /** Scripts of the package's package.json; absent where it has no such file. */
  readonly scripts?: Scripts | undefined;
  /** True where the root is the only package there is: plain pipeline entries are then its own. */
  readonly isWholeWorkspace?: boolean;
}

/**
 * What a task of one package is, all layers taken together; `undefined` where no layer names the task.
 *
 * Layers, each over the one before: the root's pipeline, the package's own file, the root's `overrides` (and
 * `package#task` entries of its pipeline). A setting replaces the one below; `$INHERIT` in a list stands for the items
 * below it. Plain entries do not apply to the root package `//`: its `build` script is most often what starts this run.
 *
 * The command: one that only runs a package script (see `parseScriptCall`), or no command and a script with the task's
 * name, becomes the text of that script of this package, with its `pre` and `post` scripts. A package without
 * the script, and a task without command and script, get no command: the task passes through and does nothing itself.
 * Every other command stays as it is.
 */
export function resolveTaskConfig(
  config: VelocityConfig,
  packageConfig: PackageConfig | undefined,
  packageName: string,
  taskName: string,
  options: ResolveTaskOptions = {},
): TaskConfig | undefined {
  const isRoot = packageName === ROOT_PACKAGE && options.isWholeWorkspace !== true;
  const extendsRoot = !isRoot && packageConfig?.extendsRoot !== false;
  const layers: readonly (TaskOverride | undefined)[] = [
    extendsRoot ? config.pipeline.get(taskName) : undefined,
    packageConfig?.pipeline.get(taskName),
    config.overrides.get(`${packageName}#${taskName}`),
    options.isWholeWorkspace === true && packageName !== ROOT_PACKAGE
      ? config.overrides.get(`${ROOT_PACKAGE}#${taskName}`)
      : undefined,
  ];
  const present = layers.filter((layer) => layer !== undefined);
  if (present.length === 0) return undefined;
  const merged = present.reduce<TaskOverride>(mergeLayer, {});
  const origin = present.at(-1)?.origin ?? { file: config.file, line: 1, column: 1 };
  const { command: configured, ...settings } = merged;
  const command = effectiveCommand(configured, taskName, options.scripts ?? {});
  return toTaskConfig({ ...settings, ...(command !== undefined && { command }), origin });
}

function mergeLayer(below: TaskOverride, layer: TaskOverride): TaskOverride {
  const merged: TaskOverride = {
    ...below,
    ...layer,
    ...(layer.inputs && {
      inputs: inherit(layer.inputs, below.inputs ?? [DEFAULT_INPUTS]),
      jsonInputs: inheritJson(layer, below),
    }),
    ...(layer.outputs && { outputs: inherit(layer.outputs, below.outputs ?? []) }),
    ...(layer.env && { env: inherit(layer.env, below.env ?? []) }),
    ...(layer.passEnv && { passEnv: inherit(layer.passEnv, below.passEnv ?? []) }),
    ...(layer.dotenv && { dotenv: inherit(layer.dotenv, below.dotenv ?? []) }),
    ...(layer.dependsOn && { dependsOn: inheritDependencies(layer.dependsOn, below.dependsOn ?? []) }),
  };
  return merged;
}

function inherit(items: readonly string[], below: readonly string[]): readonly string[] {
  return items.flatMap((item) => (item === INHERIT ? below : [item]));
}

/** `$INHERIT` stands for these, too, but for the files about which the layer has something of its own to say. */
function inheritJson({ inputs, jsonInputs: own = [] }: TaskOverride, below: TaskOverride): readonly JsonInput[] {
  if (inputs?.includes(INHERIT) !== true) return own;
  const inherited = (below.jsonInputs ?? []).filter(({ file }) => own.every((input) => input.file !== file));
  return [...inherited, ...own];
}

function inheritDependencies(
  items: readonly DependencyConfig[],
  below: readonly DependencyConfig[],
): readonly DependencyConfig[] {
  return items.flatMap((item) => (item.text === INHERIT ? below : [item]));
}

function effectiveCommand(command: TaskCommand | undefined, task: string, scripts: Scripts): TaskCommand | undefined {
  if (command?.kind === 'argv') return command;
  const isScript = (name: string) => name === task || scriptText(scripts, name) !== undefined;
  const call = command === undefined ? { script: task, args: [] } : parseScriptCall(command.text, isScript);
  if (call === undefined) return command;
  const text = scriptText(scripts, call.script, call.args);
  return text === undefined ? undefined : { kind: 'shell', text };
}
