import { CacheSchema, GlobalSchema, PackageSchema, RemoteSchema, RootSchema, TaskSchema } from './schema.js';

/** Which keys a mapping may have, beyond their types: other spellings, and what to say about a word of another tool. */
export interface Shape {
  readonly keys: readonly string[];
  /** Spellings that mean the same, by what they mean. */
  readonly aliases: ReadonlyMap<string, string>;
  /** What to write instead of a word that people bring along. */
  readonly foreign: ReadonlyMap<string, string>;
  /** Mappings below, by key. `each` is for those with names of the user's own as keys. */
  readonly children: ReadonlyMap<string, Shape | { readonly each: Shape }>;
}

const TASK = shape(TaskSchema, {
  aliases: {
    dependsOn: 'depends_on',
    'depends-on': 'depends_on',
    input_files: 'inputs',
    env_keys: 'env',
    env_vars: 'env',
  },
  foreign: {
    passThroughEnv: 'this is spelled "pass_env" here',
    script: 'this is spelled "command" here',
    cmd: 'this is spelled "command" here',
  },
});

const REMOTE = shape(RemoteSchema, {
  foreign: {
    env_vars: 'name the variables under global.env, or env of a task',
    input_files: 'name the files under inputs of a task',
  },
});

const TASKS_ARE_PIPELINE = 'tasks are listed under "pipeline" here';

export const ROOT_SHAPE = shape(RootSchema, {
  aliases: { remote_cache: 'remote' },
  foreign: {
    tasks: TASKS_ARE_PIPELINE,
    targets: TASKS_ARE_PIPELINE,
    workspaces: 'this is spelled "packages" here',
    remoteCache: 'this is spelled "remote" here',
    globalDependencies: 'these are global.inputs here',
    globalEnv: 'this is global.env here',
    globalPassThroughEnv: 'this is global.pass_env here',
  },
  children: {
    remote: REMOTE,
    cache: shape(CacheSchema),
    global: shape(GlobalSchema),
    pipeline: { each: TASK },
    overrides: { each: TASK },
  },
});

const ONLY_ROOT = 'this belongs into the velocity.yml of the workspace root';

export const PACKAGE_SHAPE = shape(PackageSchema, {
  foreign: {
    ...Object.fromEntries([...ROOT_SHAPE.keys, 'remote_cache'].map((key) => [key, ONLY_ROOT])),
    tasks: TASKS_ARE_PIPELINE,
  },
  children: { pipeline: { each: TASK } },
});

interface ShapeWords {
  readonly aliases?: Readonly<Record<string, string>>;
  readonly foreign?: Readonly<Record<string, string>>;
  readonly children?: Readonly<Record<string, Shape | { readonly each: Shape }>>;
}

function shape(schema: { readonly entries: object }, words: ShapeWords = {}): Shape {
  return {
    keys: Object.keys(schema.entries),
    aliases: new Map(Object.entries(words.aliases ?? {})),
    foreign: new Map(Object.entries(words.foreign ?? {})),
    children: new Map(Object.entries(words.children ?? {})),
  };
}
