import { parseDuration, parseSize } from '@velocity/core';
import * as v from 'valibot';
import { inputList } from './input-schema.js';
import { bool, HINT_MARK, list, LIST, name, rule, setting, text, units } from './schema-parts.js';
import {
  cacheDirRule,
  dependencyRule,
  entryNameRule,
  envRule,
  filledRule,
  gatewayUrlRule,
  globRule,
  outputRule,
  ownTaskRule,
  taskIdRule,
} from './text-rules.js';

const GLOBS = 'globs relative to the package or after $ROOT/, in order; ! takes away';

const DependencySchema = v.strictObject(
  {
    task: v.pipe(v.string('a task'), rule(dependencyRule)),
    key: setting(
      v.literal('outputs', 'outputs'),
      'outputs: a run of the task that puts out the same changes no key. Default: its key counts.',
    ),
    transitive: setting(
      bool(),
      'false: what the tasks below it put out does not count. Only right where the command cannot read it. Default: true.',
    ),
  },
  'a mapping',
);

const TaskEntries = {
  command: setting(
    v.union(
      [v.pipe(v.string(), rule(filledRule)), v.pipe(v.array(v.string()), v.minLength(1, 'the list is empty'))],
      'a string or a list of strings',
    ),
    "A string for the shell, or a list of arguments without one. Default: the package's own script of that name.",
  ),
  inputs: setting(
    inputList(),
    `What the task reads: ${GLOBS}. Default: all files of the package that git does not ignore, which $DEFAULT stands for. {json, pick} or {json, omit}: a part of a JSON file.`,
  ),
  outputs: setting(list(outputRule), `What the task writes: ${GLOBS}. "dist" means the folder and all below it.`),
  depends_on: setting(
    v.array(
      v.union([v.pipe(v.string(), rule(dependencyRule)), DependencySchema], 'a task, or a mapping with task and key'),
      'a list of tasks',
    ),
    'Tasks that run before: ^task (of the packages this one depends on), task, package#task, //#task. {task, key: outputs}: counts by what it puts out.',
  ),
  env: setting(list(envRule), 'Variables that are part of the key; * is a wildcard, ! takes away.'),
  pass_env: setting(list(envRule), 'Variables that the command gets, but that are not part of the key.'),
  dotenv: setting(list(globRule), 'Files of variables; the variables are part of the key.'),
  cache: setting(bool(), 'Whether the result is stored and restored. Default: true.'),
  persistent: setting(bool(), 'Whether the command runs until it is stopped, as a server does. Default: false.'),
  timeout: units('a duration such as 20m', parseDuration, 'The longest the command may run: 90s, 20m.'),
  clean: setting(
    v.union([v.literal('auto'), v.literal(false)], 'auto or false'),
    'auto removes old outputs before the command runs; false keeps them.',
  ),
  platform: setting(v.picklist(['any', 'inherit'], 'any or inherit'), 'any shares results between platforms.'),
  description: setting(text(), 'What the task is for.'),
};

export const TaskSchema = v.strictObject(TaskEntries, 'a mapping');

export const RemoteSchema = v.strictObject(
  {
    enabled: setting(bool(), 'Default: true where a url is given.'),
    url: setting(v.pipe(v.string('a string'), rule(gatewayUrlRule)), 'Address of the gateway.'),
    token: setting(text(), 'Bearer token; write ${VC_AUTH_TOKEN} and keep the token out of the file.'),
    read_only: setting(bool(), 'Restore from the gateway and send nothing to it.'),
    max_artifact_size: units(
      'a size such as 500MB or 1GiB',
      parseSize,
      'Larger results stay on this machine. Default: 1GiB.',
    ),
    timeout: units(
      'a duration such as 10s',
      parseDuration,
      'How long an answer of the gateway may take. Default: 10s.',
    ),
    upload: setting(
      v.picklist(['wait', 'background', 'skip'], 'wait, background or skip'),
      'When results are sent. Default: background.',
    ),
    public_keys: setting(list(filledRule), 'Keys of gateways that are trusted.'),
  },
  'a mapping',
);

export const CacheSchema = v.strictObject(
  {
    dir: setting(
      v.pipe(v.string('auto or a path'), rule(cacheDirRule)),
      "auto is the user's cache folder, shared by all clones.",
    ),
    max_size: units('a size such as 20GiB', parseSize, 'Default: 20GiB.'),
    max_age: units('a duration such as 30d', parseDuration, 'Default: 30d.'),
  },
  'a mapping',
);

export const GlobalSchema = v.strictObject(
  {
    inputs: setting(inputList(), 'Files of the workspace that every task depends on; as inputs of a task.'),
    env: setting(list(envRule), "Variables that are part of every task's key."),
    pass_env: setting(list(envRule), 'Variables that every command gets.'),
    dotenv: setting(list(globRule), 'Files of variables for every task.'),
    toolchains: setting(
      v.union([v.picklist(['auto', 'none']), v.array(v.string())], 'auto, none or a list of strings'),
      'Whose versions are part of the key: auto, none, or names such as node, rust, go, python, java.',
    ),
    platform: setting(v.picklist(['os-arch', 'any'], 'os-arch or any'), 'any shares all results between platforms.'),
  },
  'a mapping',
);

const version = setting(
  v.pipe(
    v.number('the number 1'),
    v.check((value) => value === 1, `this version is not known${HINT_MARK}write version: 1, or update velocity`),
  ),
  'Version of this format: 1.',
);

export const RootSchema = v.strictObject(
  {
    version,
    project_id: setting(v.pipe(v.string('a string'), rule(filledRule)), 'Name of the project; part of every key.'),
    packages: setting(
      list(globRule),
      'Folders of packages, as globs. Default: the workspaces that the manifests declare.',
    ),
    remote: setting(RemoteSchema, 'The shared cache. ${VAR} and ${VAR:-default} expand here and nowhere else.'),
    cache: setting(CacheSchema, 'The cache of this machine.'),
    global: setting(GlobalSchema, 'What holds for every task.'),
    pipeline: setting(v.record(name(entryNameRule), TaskSchema, 'a mapping of tasks'), 'The tasks, by name.'),
    overrides: setting(
      v.record(name(taskIdRule), TaskSchema, 'a mapping of tasks'),
      'Settings of single tasks, by package#task.',
    ),
  },
  'a mapping',
);

export const PackageSchema = v.strictObject(
  {
    version,
    name: setting(v.pipe(v.string('a string'), rule(filledRule)), 'Name of the package.'),
    language: setting(text(), 'Language of the package, where no manifest tells.'),
    deps: setting(list(filledRule), 'Packages that this one depends on.'),
    tags: setting(list(filledRule), 'Words to select the package by.'),
    extends: setting(
      v.pipe(v.array(v.literal('//', '"//"'), LIST), v.maxLength(1, 'there is one root')),
      '["//"], the default, builds on the pipeline of the root; [] does not.',
    ),
    pipeline: setting(v.record(name(ownTaskRule), TaskSchema, 'a mapping of tasks'), 'The tasks of this package.'),
  },
  'a mapping',
);

export type RawTask = v.InferOutput<typeof TaskSchema>;
export type RawRoot = v.InferOutput<typeof RootSchema>;
export type RawPackage = v.InferOutput<typeof PackageSchema>;
