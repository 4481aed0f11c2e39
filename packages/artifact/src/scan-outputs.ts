import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isErrno, mapBounded, type RelativePath } from '@velocity/core';
import { changed, throwIfCancelled, tooLarge, unsafe } from './artifact-error.js';
import { withDefaults, type ArtifactLimits } from './limits.js';
import { hashLargeFile, hashSmallFile, LARGE_FILE_BYTES, type HashedOutput } from './hash-output.js';
import { compareEntries, type Manifest, type ManifestEntry } from './manifest.js';
import { outputStat, type OutputStats } from './output-stats.js';
import { parseEntry } from './parse-entry.js';
import { parseManifest } from './parse-manifest.js';
import { entryPathProblem } from './path-problem.js';

export interface ScanOutputsOptions {
  readonly root: string;
  /** Every file, link and folder that is an output, relative to the root, in any order. A folder counts only when it is empty. */
  readonly paths: Iterable<string>;
  readonly limits?: Partial<ArtifactLimits> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ScannedOutputs {
  readonly manifest: Manifest;
  readonly stats: OutputStats;
}

const LARGE_FILES_AT_ONCE = 4;
/** Others get a turn after this many small files. */
const FILES_PER_TURN = 128;
const UNSTORABLE_HINT = 'only files, links and folders are stored: leave it out of the outputs';

/**
 * The manifest of outputs that are on the disk. First everything is looked at, then every file is hashed; a file that changes meanwhile fails
 * the scan. The result has passed {@link parseManifest}: what it holds can be restored.
 *
 * @throws VelocityError `ARTIFACT_UNSAFE` for what cannot be stored (a device, a link that leaves the root, …), `ARTIFACT_TOO_LARGE`, `INTEGRITY`
 */
export async function scanOutputs(options: ScanOutputsOptions): Promise<ScannedOutputs> {
  const { root, signal } = options;
  const limits = withDefaults(options.limits);
  const found = await lookAt(root, options.paths, limits, signal);
  const hashed: (HashedOutput | undefined)[] = [];
  const large: number[] = [];
  for (const [index, item] of found.entries()) {
    if (item.entry !== undefined) hashed[index] = { entry: item.entry, stat: outputStat(item.path, item.stats) };
    else if (item.stats.size > LARGE_FILE_BYTES) large.push(index);
    else hashed[index] = hashSmallFile(root, item.path);
    if (index % FILES_PER_TURN === FILES_PER_TURN - 1) await setImmediate();
    throwIfCancelled(signal);
  }
  await mapBounded(large, LARGE_FILES_AT_ONCE, async (index) => {
    const item = found[index];
    if (item !== undefined) hashed[index] = await hashLargeFile(root, item.path, signal);
  });
  const all = hashed.filter((item) => item !== undefined).sort((a, b) => compareEntries(a.entry, b.entry));
  const manifest = parseManifest({ version: 1, entries: all.map(({ entry }) => entry) }, { limits });
  return { manifest, stats: all.map(({ stat }) => stat) };
}

interface Found {
  readonly path: RelativePath;
  readonly stats: Stats;
  /** Absent for files, which are still to be hashed. */
  readonly entry: ManifestEntry | undefined;
}

async function lookAt(
  root: string,
  paths: Iterable<string>,
  limits: ArtifactLimits,
  signal: AbortSignal | undefined,
): Promise<Found[]> {
  const found: Found[] = [];
  const realFolders = new Set<string>();
  let size = 0;
  for (const path of new Set(paths)) {
    if (found.length % FILES_PER_TURN === 0) await setImmediate();
    throwIfCancelled(signal);
    const item = lookAtOne(root, path, realFolders);
    if (item === undefined) continue;
    found.push(item);
    if (item.entry === undefined) size += item.stats.size;
    if (found.length > limits.maxEntries) throw tooLarge(`more than ${limits.maxEntries} outputs`);
    if (size > limits.maxOutputSize) throw tooLarge(`more than ${limits.maxOutputSize} bytes of outputs`);
  }
  return found;
}

function lookAtOne(root: string, path: string, realFolders: Set<string>): Found | undefined {
  const problem = entryPathProblem(path, process.platform);
  if (problem !== undefined) throw unsafe(path, problem, 'an output with such a name is not stored');
  checkFoldersAbove(root, path, realFolders);
  const absolute = join(root, path);
  const stats = lstatOutput(absolute, path);
  const checked = path as RelativePath;
  if (stats.isFile()) return { path: checked, stats, entry: undefined };
  if (stats.isSymbolicLink()) {
    const link = { path, type: 'symlink', target: readTarget(absolute, path) };
    return { path: checked, stats, entry: parseEntry(link, process.platform) };
  }
  if (!stats.isDirectory()) throw unsafe(path, `is ${kindOf(stats)}`, UNSTORABLE_HINT);
  if (readdirSync(absolute).length > 0) return undefined;
  return { path: checked, stats, entry: { path: checked, type: 'directory' } };
}

/** An output that is reached through a link could not be restored: nothing is ever written through one. */
function checkFoldersAbove(root: string, path: string, realFolders: Set<string>): void {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const folder = path.slice(0, end);
    if (realFolders.has(folder)) return;
    if (!lstatOutput(join(root, folder), path).isDirectory()) {
      throw unsafe(path, `lies behind the link "${folder}"`, 'declare the outputs by their real path');
    }
    realFolders.add(folder);
  }
}

function lstatOutput(absolute: string, path: string): Stats {
  try {
    return lstatSync(absolute);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) throw changed(path, 'has gone since it was found', error);
    throw error;
  }
}

function readTarget(absolute: string, path: string): string {
  const bytes = readlinkSync(absolute, { encoding: 'buffer' });
  const target = bytes.toString('utf8');
  if (!Buffer.from(target).equals(bytes)) throw unsafe(path, 'is a link whose target is not valid UTF-8');
  return target;
}

function kindOf(stats: Stats): string {
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}
