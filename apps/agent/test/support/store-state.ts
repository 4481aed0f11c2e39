import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, utimesSync, type Dirent, type Stats } from 'node:fs';
import { join, relative } from 'node:path';
import { isErrno } from '@velocity/core';

/** What a local store holds, as its files tell: by name and not by what the agent says. */
export interface StoreState {
  /** Files below the store's folder. */
  readonly records: readonly string[];
  readonly blobs: readonly string[];
  /** Files of writers that have not finished. */
  readonly temporary: readonly string[];
  /** Folders of writers that are at work, or have died. */
  readonly writers: readonly string[];
  readonly locks: readonly string[];
  /** Of records and blobs together. */
  readonly bytes: number;
}

const AGED_MS = 2 * 24 * 3_600_000;

export function storeState(cacheDir: string): StoreState {
  const files = filesBelow(cacheDir);
  const having = (part: string): string[] => files.filter((file) => file.includes(part));
  const [records, blobs] = [having('/t/ac/'), having('/t/cas/')];
  return {
    records,
    blobs,
    temporary: having('tmp/w-'),
    writers: namesIn(join(cacheDir, 'tmp')),
    locks: namesIn(join(cacheDir, 'locks')),
    bytes: [...records, ...blobs].reduce((sum, file) => sum + (lstatIfThere(join(cacheDir, file))?.size ?? 0), 0),
  };
}

/** What is wrong in a store at any moment, even in the middle of an operation: one line each. */
export function storeProblems(cacheDir: string): string[] {
  const { records, blobs } = storeState(cacheDir);
  const sizes = new Map<string, number>();
  const problems: string[] = [];
  for (const file of blobs) {
    const bytes = readFileSync(join(cacheDir, file));
    const name = file.slice(file.lastIndexOf('/') + 1);
    sizes.set(name, bytes.byteLength);
    if (createHash('sha256').update(bytes).digest('hex') !== name) problems.push(`${file} holds other bytes`);
  }
  for (const file of records) {
    const cited = citedBlobs(readFileSync(join(cacheDir, file), 'utf8'));
    if (cited === undefined) problems.push(`${file} is no record`);
    for (const { digest, size } of cited ?? []) {
      if (sizes.get(digest) !== size)
        problems.push(`${file} cites ${digest}, of which ${sizes.get(digest)} bytes are there`);
    }
  }
  return problems;
}

/** Makes everything in the store old enough for eviction to look at, in the order in which it was used. */
export function ageStore(cacheDir: string): void {
  for (const path of readdirSync(cacheDir, { recursive: true, withFileTypes: true }).map(pathOf)) {
    const { mtimeMs } = lstatSync(path);
    const isAged = mtimeMs < Date.now() - AGED_MS / 2;
    if (!isAged) utimesSync(path, (mtimeMs - AGED_MS) / 1000, (mtimeMs - AGED_MS) / 1000);
  }
}

function citedBlobs(text: string): readonly { readonly digest: string; readonly size: number }[] | undefined {
  try {
    const { artifact } = JSON.parse(text) as { artifact: { blobs: { digest: string; size: number }[] } };
    return artifact.blobs;
  } catch {
    // Cut off, or something else: that is the problem that is told.
    return undefined;
  }
}

function lstatIfThere(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, pathOf(entry)));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function pathOf(entry: Dirent): string {
  return join(entry.parentPath, entry.name);
}
