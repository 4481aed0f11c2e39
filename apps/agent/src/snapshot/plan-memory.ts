import { deserialize, serialize } from 'node:v8';
import type { CacheKey, Fingerprint } from '@velocity/core';
import type { TaskId } from '@velocity/graph';
import type { OpenWorkspace } from '../workspace/open-workspace.js';

/** A task of the graph; `dependencies` are places in the list of them. */
export interface TaskMemory {
  readonly id: TaskId;
  readonly package: string;
  readonly task: string;
  readonly hasCommand: boolean;
  readonly key: CacheKey;
  readonly dependencies: readonly number[];
}

/** What a task's key was made from; `inputs` are places of traces: below zero, counted from -1, those of the plan as a whole, else those of its package. */
export interface TaskDetail {
  readonly fingerprint: Omit<Fingerprint, 'inputs' | 'global'>;
  readonly inputs: readonly number[];
}

/** The plan of a run, as far as the next one can go on from it. Holds no token and no value of a variable. */
export interface PlanMemory {
  /** Dependencies first. */
  readonly tasks: readonly TaskMemory[];
  readonly entries: readonly TaskId[];
  readonly global: Fingerprint['global'];
  /** Encoded {@link TaskDetail}s, as many as tasks. */
  readonly details: readonly Buffer[];
  /** Encoded {@link OpenWorkspace}. */
  readonly workspace: Buffer;
  /** Where the token of the remote comes from. */
  readonly tokenVariable?: string | undefined;
}

interface Opening extends Omit<PlanMemory, 'details' | 'workspace'> {
  readonly detailBytes: readonly number[];
}

/** Layout: a line with the opening as JSON, the details, the workspace. */
export function encodeMemory({ details, workspace, ...rest }: PlanMemory): Buffer {
  const opening: Opening = { ...rest, detailBytes: details.map(({ byteLength }) => byteLength) };
  return Buffer.concat([Buffer.from(`${JSON.stringify(opening)}\n`), ...details, workspace]);
}

/** @param data written by {@link encodeMemory} */
export function decodeMemory(data: Buffer): PlanMemory {
  const end = data.indexOf(10);
  const { detailBytes, ...rest } = JSON.parse(data.toString('utf8', 0, end)) as Opening;
  let at = end + 1;
  const details = detailBytes.map((bytes) => data.subarray(at, (at += bytes)));
  return { ...rest, details, workspace: data.subarray(at) };
}

export function encodeDetail(detail: TaskDetail): Buffer {
  return Buffer.from(JSON.stringify(detail));
}

export function decodeDetail(data: Buffer | undefined): TaskDetail {
  return JSON.parse(data?.toString() ?? '') as TaskDetail;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Without the token, which is no business of a file in the workspace. */
export function encodeWorkspace({ config, ...rest }: OpenWorkspace): Buffer {
  const { token: _token, ...remote } = config.remote;
  return serialize({ ...rest, config: { ...config, remote } });
}

/** The variable that a token is the value of; undefined for one that was put together, or stands in the file. */
export function tokenVariableOf(token: string, env: Environment): string | undefined {
  return Object.keys(env).find((name) => env[name]?.trim() === token);
}

/** The workspace, with the token where there is one. */
export function recallWorkspace({ workspace: data, tokenVariable }: PlanMemory, env: Environment): OpenWorkspace {
  const workspace = deserialize(data) as OpenWorkspace;
  const token = tokenVariable === undefined ? undefined : env[tokenVariable]?.trim();
  if (token === undefined) return workspace;
  const { config } = workspace;
  return { ...workspace, config: { ...config, remote: { ...config.remote, token } } };
}
