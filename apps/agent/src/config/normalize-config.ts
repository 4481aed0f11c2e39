import { resolve } from 'node:path';
import type { RawPackage, RawRoot, RawTask } from './schema.js';
import { tidyGlob, toInputs, toLocated, toOverride, toTaskConfig } from './normalize-task.js';
import type {
  CacheSettings,
  GlobalSettings,
  Origin,
  PackageConfig,
  RemoteSettings,
  TaskConfig,
  TaskOverride,
  VelocityConfig,
} from './types.js';

/** Finds the origin of the value at a path of the file. */
export type Locate = (...path: (string | number)[]) => Origin;

export interface RootContext {
  readonly root: string;
  readonly file: string;
  readonly tokenSource: RemoteSettings['tokenSource'];
  readonly locate: Locate;
}

const GIB = 1024 ** 3;
const DAY_MS = 86_400_000;

/** Fills in every default of the root's file. */
export function normalizeRoot(raw: RawRoot, context: RootContext): VelocityConfig {
  const pipeline = new Map<string, TaskConfig>();
  const overrides = new Map<string, TaskOverride>();
  for (const [name, task] of Object.entries(raw.pipeline ?? {})) {
    const origin = context.locate('pipeline', name);
    const override = toOverride(task, (...path) => context.locate('pipeline', name, ...path));
    if (name.includes('#')) overrides.set(name, override);
    else pipeline.set(name, toTaskConfig({ ...override, origin }));
  }
  for (const [id, override] of toOverrides(raw.overrides, 'overrides', context.locate)) overrides.set(id, override);
  return {
    root: context.root,
    file: context.file,
    ...(raw.project_id !== undefined && { projectId: raw.project_id }),
    ...(raw.packages !== undefined && { packages: raw.packages.map(tidyGlob) }),
    remote: toRemote(raw.remote ?? {}, context.tokenSource),
    cache: toCache(raw.cache ?? {}, context.root),
    global: toGlobal(raw.global ?? {}),
    pipeline,
    overrides,
  };
}

export function normalizePackage(raw: RawPackage, file: string, directory: string, locate: Locate): PackageConfig {
  return {
    file,
    directory,
    ...(raw.name !== undefined && { name: raw.name }),
    ...(raw.language !== undefined && { language: raw.language }),
    deps: toLocated(raw.deps ?? [], (index) => locate('deps', index)),
    tags: raw.tags ?? [],
    extendsRoot: raw.extends?.length !== 0,
    pipeline: toOverrides(raw.pipeline, 'pipeline', locate),
  };
}

function toOverrides(
  tasks: Readonly<Record<string, RawTask>> | undefined,
  section: string,
  locate: Locate,
): Map<string, TaskOverride> {
  const entries = Object.entries(tasks ?? {});
  return new Map(entries.map(([name, task]) => [name, toOverride(task, (...path) => locate(section, name, ...path))]));
}

function toRemote(raw: NonNullable<RawRoot['remote']>, tokenSource: RemoteSettings['tokenSource']): RemoteSettings {
  return {
    enabled: raw.enabled ?? raw.url !== undefined,
    ...(raw.url !== undefined && { url: raw.url.replace(/\/+$/, '') }),
    ...(raw.token !== undefined && { token: raw.token }),
    tokenSource: raw.token === undefined ? 'none' : tokenSource,
    readOnly: raw.read_only ?? false,
    maxArtifactSizeBytes: raw.max_artifact_size ?? GIB,
    timeoutMs: raw.timeout ?? 10_000,
    upload: raw.upload ?? 'background',
    publicKeys: raw.public_keys ?? [],
  };
}

function toCache(raw: NonNullable<RawRoot['cache']>, root: string): CacheSettings {
  return {
    ...(raw.dir !== undefined && raw.dir !== 'auto' && { dir: resolve(root, raw.dir) }),
    maxSizeBytes: raw.max_size ?? 20 * GIB,
    maxAgeMs: raw.max_age ?? 30 * DAY_MS,
  };
}

function toGlobal(raw: NonNullable<RawRoot['global']>): GlobalSettings {
  return {
    ...toInputs(raw.inputs ?? []),
    env: raw.env ?? [],
    passEnv: raw.pass_env ?? [],
    dotenv: (raw.dotenv ?? []).map(tidyGlob),
    toolchains: raw.toolchains ?? 'auto',
    platform: raw.platform ?? 'os-arch',
  };
}
