import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareCodeUnits, isErrno, mapBounded } from '@velocity/core';
import type { ListOptions, ObjectStat } from '../driver.js';
import { isObjectKey } from '../object-key-syntax.js';
import { ABSENT } from './fs-errors.js';
import { type FsLayout, objectFile, objectName, TEMP_FOLDER } from './fs-layout.js';
import { statIfThere } from './look-up.js';

interface Walk extends Omit<ListOptions, 'limit'> {
  readonly root: string;
  readonly layout: FsLayout;
}

/** Objects that are looked at side by side. */
const BATCH = 64;

/** Every object below `root` in the order of the keys' code units; files that are no objects are passed over. */
export async function* listObjects(walk: Walk & ListOptions): AsyncGenerator<ObjectStat> {
  const { prefix = '', limit = Number.POSITIVE_INFINITY } = walk;
  let left = limit;
  if (left <= 0) return;
  for await (const found of walkFolder(walk, prefix.slice(0, prefix.lastIndexOf('/') + 1))) {
    yield found;
    left -= 1;
    if (left <= 0) return;
  }
}

/** `base` is the start of all keys in this folder: empty, or ending in `/`. */
async function* walkFolder(walk: Walk, base: string): AsyncGenerator<ObjectStat> {
  let batch: string[] = [];
  for (const step of await stepsIn(walk, base)) {
    if (step.kind === 'object') batch.push(step.key);
    if (step.kind === 'folder' || batch.length === BATCH) {
      yield* statAll(walk, batch);
      batch = [];
    }
    if (step.kind === 'folder') yield* walkFolder(walk, step.key);
  }
  yield* statAll(walk, batch);
}

type Step = { readonly kind: 'object' | 'folder'; readonly key: string };

async function stepsIn(walk: Walk, base: string): Promise<Step[]> {
  walk.signal?.throwIfAborted();
  const steps: Step[] = [];
  for (const entry of await entriesOf(join(walk.root, base))) {
    if (base === '' && entry.name === TEMP_FOLDER) continue;
    const step = stepOf(entry, base, walk.layout);
    if (step !== undefined && isWanted(step, walk.prefix ?? '')) steps.push(step);
  }
  // A folder's keys continue with "/", so it sorts by its name and a slash: "a-b" comes before "a/b".
  return steps.sort((a, b) => compareCodeUnits(a.key, b.key));
}

function stepOf(entry: Dirent, base: string, layout: FsLayout): Step | undefined {
  const name = objectName(entry, layout);
  if (name !== undefined) return isObjectKey(base + name) ? { kind: 'object', key: base + name } : undefined;
  if (!entry.isDirectory() || !isObjectKey(base + entry.name)) return undefined;
  return { kind: 'folder', key: `${base}${entry.name}/` };
}

function isWanted(step: Step, prefix: string): boolean {
  return step.key.startsWith(prefix) || (step.kind === 'folder' && prefix.startsWith(step.key));
}

async function* statAll(walk: Walk, keys: readonly string[]): AsyncGenerator<ObjectStat> {
  const stats = await mapBounded(keys, 16, (key) => statObject(walk, key));
  for (const found of stats) {
    walk.signal?.throwIfAborted();
    if (found !== undefined) yield found;
  }
}

/** Undefined where there is no such file. */
export async function statObject(
  { root, layout }: { readonly root: string; readonly layout: FsLayout },
  key: string,
): Promise<ObjectStat | undefined> {
  const stats = await statIfThere(objectFile(root, layout, key));
  return stats?.isFile() === true ? { key, size: stats.size, modifiedAtMs: stats.mtimeMs } : undefined;
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isErrno(error, ...ABSENT)) return [];
    throw error;
  }
}
