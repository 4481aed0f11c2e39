import { lstatSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { Manifest, OutputStats } from '@velocity/artifact';
import { digestOfFile, isErrno, type CacheKey, type Digest, type Fingerprint } from '@velocity/core';

/** An output as it stood in the workspace once it was right: `[path, size, mtimeMs, ctimeMs, ino, mode, digest or link target]`. */
export type KnownOutput = readonly [string, number, number, number, number, number, string];

/** What this checkout knows of a task's last good result. */
export interface TaskState {
  readonly version: 1;
  readonly task: string;
  readonly key: CacheKey;
  readonly fingerprint: Fingerprint;
  readonly manifestDigest: Digest;
  readonly outputs: readonly KnownOutput[];
  /** When the outputs were looked at, in milliseconds since 1970: younger time stamps prove nothing. */
  readonly seenAtMs: number;
  readonly durationMs: number;
  /** The log in base64, when it is short; undefined means that the store has it. */
  readonly log?: string | undefined;
}

/** The coarsest time stamps in use: an output touched this shortly before it was looked at may have changed without a trace. */
const TIMESTAMP_GRAIN_MS = 2000;

/** The outputs of a manifest with what the file system says of each. */
export function knownOutputs(manifest: Manifest, stats: OutputStats): KnownOutput[] {
  return stats.map(({ path, size, mtimeMs, ctimeMs, ino, mode }, index) => {
    const entry = manifest.entries[index];
    const content = entry?.type === 'file' ? entry.digest : entry?.type === 'symlink' ? entry.target : '';
    return [path, size, mtimeMs, ctimeMs, ino, mode, content];
  });
}

/**
 * Compares the outputs that are there with the known ones; `present` are all that match. Time stamps that are too young to prove
 * anything are settled by content.
 * @returns undefined when anything differs; else the state, a new one where looking taught more than was known
 */
export async function lookAtOutputs(
  root: string,
  state: TaskState,
  { present, nowMs }: { readonly present: readonly string[]; readonly nowMs: number },
): Promise<TaskState | undefined> {
  if (present.length !== state.outputs.length) return undefined;
  const seen: KnownOutput[] = [];
  for (const [index, known] of state.outputs.entries()) {
    if (present[index] !== known[0]) return undefined;
    const output = await lookAt(root, known, state.seenAtMs);
    if (output === undefined) return undefined;
    seen.push(output);
  }
  const isNew = seen.some((output, index) => output !== state.outputs[index]);
  return isNew ? { ...state, outputs: seen, seenAtMs: nowMs } : state;
}

async function lookAt(root: string, known: KnownOutput, seenAtMs: number): Promise<KnownOutput | undefined> {
  const [path, size, mtimeMs, ctimeMs, ino, mode, content] = known;
  const absolute = join(root, path);
  const stats = lstatIfExists(absolute);
  if (stats === undefined || stats.mode !== mode) return undefined;
  // An empty folder has no content to compare; its listing already said that it is empty.
  if (stats.isDirectory()) return known;
  if (stats.size !== size) return undefined;
  const isSame = stats.mtimeMs === mtimeMs && stats.ctimeMs === ctimeMs && stats.ino === ino;
  if (isUntouched(known, stats, seenAtMs)) return known;
  if (!stats.isFile()) return isSame ? known : undefined;
  if ((await digestOfFile(absolute, stats.size)) !== content) return undefined;
  return [path, size, stats.mtimeMs, stats.ctimeMs, stats.ino, mode, content];
}

/** Whether the file system proves that an output is as it was when it was looked at; false where only its content could tell. */
export function isUntouched(known: KnownOutput, stats: Stats, seenAtMs: number): boolean {
  const [, size, mtimeMs, ctimeMs, ino, mode] = known;
  const isSame = stats.mtimeMs === mtimeMs && stats.ctimeMs === ctimeMs && stats.ino === ino;
  const isRacy = Math.max(mtimeMs, ctimeMs) > seenAtMs - TIMESTAMP_GRAIN_MS;
  return isSame && !isRacy && stats.size === size && stats.mode === mode;
}

function lstatIfExists(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
