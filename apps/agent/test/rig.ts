import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import {
  runProcess,
  startProcess,
  tempDir,
  writeTree,
  type ProcessResult,
  type RunningProcess,
  type RunOptions,
  type Tree,
} from '@velocity/testing';
import { copyOfBundle, type Bundle } from './support/bundle.js';

let bundle: Bundle;
beforeAll(async () => void (bundle = await copyOfBundle('agent')), 60_000);
afterAll(() => bundle[Symbol.dispose]());

export interface RigOptions {
  /** Path of the workspace below the machine's folder. */
  readonly place?: string;
  /** For every command. */
  readonly env?: Readonly<Record<string, string>>;
}

export type CallOptions = Pick<RunOptions, 'env' | 'timeoutMs' | 'signalAfter'> & {
  /** Relative to the workspace. */
  readonly cwd?: string;
};

/** What one call of the agent did. */
export interface Call extends ProcessResult {
  /** The tasks whose commands started, as `pkg#task`, sorted. */
  readonly executed: readonly string[];
}

/** A machine of a test's own: a home, a cache folder, a temporary folder, and one workspace. */
export interface Rig extends Disposable {
  readonly root: string;
  readonly home: string;
  readonly cacheDir: string;
  readonly tempDir: string;
  /** Runs the bundle; only PATH and what the rig sets reach it. */
  velocity(args: readonly string[], options?: CallOptions): Promise<Call>;
  /** `velocity run …` without looking for a remote. */
  run(...args: string[]): Promise<Call>;
  start(args: readonly string[], options?: CallOptions): Promise<RunningProcess>;
  /** Runs a bash script in the workspace, with the program and the bundle as `$0` and `$1`. */
  shell(script: string): Promise<ProcessResult>;
  /** The tasks that were executed since the last look, in order. */
  executions(): string[];
  path(...segments: string[]): string;
  write(tree: Tree): void;
  read(path: string): string;
}

/** A shell command that says in a file of the rig's that it was executed, and then does `text`. */
export function recorded(text = 'true'): string {
  return `echo "$VELOCITY_TASK" >> "$RECORD" && ${text}`;
}

export const BUILD = recorded('mkdir -p dist && cat src/* > dist/out.txt && echo "built $VELOCITY_TASK"');

/** `velocity.yml` as JSON, which is YAML. Tasks may record themselves; no tool is asked for its version unless told so. */
export function config(settings: Record<string, unknown>): string {
  const { global = {}, ...rest } = settings;
  const defaults = { toolchains: 'none', pass_env: ['RECORD'] };
  return JSON.stringify({ version: 1, global: { ...defaults, ...(global as object) }, ...rest }, undefined, 1);
}

/** Packages `lib`, `app` (needs lib) and `solo` in `packages/`, each with one source file, and a task `build`. */
export function monorepo(settings: Record<string, unknown> = {}, more: Tree = {}): Tree {
  const pipeline = { build: { command: BUILD, outputs: ['dist'], depends_on: ['^build'] } };
  return {
    'package.json': JSON.stringify({ name: 'monorepo', private: true, workspaces: ['packages/*'] }),
    'velocity.yml': config({ pipeline, ...settings }),
    ...packageFiles('lib'),
    ...packageFiles('app', ['lib']),
    ...packageFiles('solo'),
    ...more,
  };
}

export function packageFiles(name: string, dependencies: readonly string[] = []): Tree {
  const versions = Object.fromEntries(dependencies.map((dependency) => [dependency, '*']));
  return {
    [`packages/${name}/package.json`]: JSON.stringify({ name, version: '1.0.0', dependencies: versions }),
    [`packages/${name}/src/main.txt`]: `source of ${name}\n`,
  };
}

export function createRig(tree: Tree, options: RigOptions = {}): Rig {
  const dir = tempDir('velocity-agent-');
  const root = dir.join(options.place ?? 'workspace');
  const record = dir.join('executions');
  const folders = { home: dir.join('home'), cache: dir.join('cache'), temp: dir.join('tmp') };
  for (const folder of [root, ...Object.values(folders)]) mkdirSync(folder, { recursive: true });
  writeTree(root, tree);
  const environment = (env: CallOptions['env']): Record<string, string> => ({
    HOME: folders.home,
    XDG_CACHE_HOME: folders.cache,
    TMPDIR: folders.temp,
    RECORD: record,
    ...options.env,
    ...env,
  });
  const executions = (): string[] => {
    const lines = existsSync(record) ? readFileSync(record, 'utf8').split('\n').slice(0, -1) : [];
    rmSync(record, { force: true });
    return lines;
  };
  const velocity = async (args: readonly string[], { cwd = '', env, ...rest }: CallOptions = {}): Promise<Call> => {
    executions();
    const where = { cwd: join(root, cwd), env: environment(env), ...rest };
    const result = await runProcess(process.execPath, [bundle.program, ...args], where);
    return { ...result, executed: executions().sort() };
  };
  return {
    root,
    home: folders.home,
    cacheDir: join(folders.cache, 'velocity'),
    tempDir: folders.temp,
    velocity,
    run: (...args) => velocity(['run', ...args]),
    start: (args, { cwd = '', env } = {}) =>
      startProcess(process.execPath, [bundle.program, ...args], { cwd: join(root, cwd), env: environment(env) }),
    shell: (script) =>
      runProcess('bash', ['-c', script, process.execPath, bundle.program], { cwd: root, env: environment(undefined) }),
    executions,
    path: (...segments) => join(root, ...segments),
    write: (files) => writeTree(root, files),
    read: (path) => readFileSync(join(root, path), 'utf8'),
    [Symbol.dispose]: () => dir[Symbol.dispose](),
  };
}
