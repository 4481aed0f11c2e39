import { isDigest, type RelativePath } from '@velocity/core';
import { corrupt, unsafe } from './artifact-error.js';
import type { ManifestEntry } from './manifest.js';
import { entryPathProblem, linkTargetProblem } from './path-problem.js';

/** @throws VelocityError `ARTIFACT_CORRUPT` for a wrong shape, `ARTIFACT_UNSAFE` for a path or link that may not be */
export function parseEntry(value: unknown, platform: NodeJS.Platform): ManifestEntry {
  if (!isPlainObject(value)) throw corrupt('a manifest entry is not an object');
  const { path, type } = value;
  if (typeof path !== 'string') throw corrupt('a manifest entry has no path');
  const problem = entryPathProblem(path, platform);
  if (problem !== undefined) throw unsafe(path, problem);
  if (type === 'file') return parseFile(path as RelativePath, value);
  if (type === 'symlink') return parseSymlink(path as RelativePath, value, platform);
  if (type !== 'directory') throw unsafe(path, 'is neither a file, nor a link, nor a folder');
  requireFields(value, 2, path);
  return { path: path as RelativePath, type: 'directory' };
}

export function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseFile(path: RelativePath, value: Readonly<Record<string, unknown>>): ManifestEntry {
  const { executable, size, digest } = value;
  if (typeof executable !== 'boolean') throw corrupt('a file does not say whether it is executable');
  if (!isSize(size)) throw corrupt('a file has no valid size');
  if (!isDigest(digest)) throw corrupt('a file has no valid digest');
  requireFields(value, 5, path);
  return { path, type: 'file', executable, size, digest };
}

function parseSymlink(
  path: RelativePath,
  value: Readonly<Record<string, unknown>>,
  platform: NodeJS.Platform,
): ManifestEntry {
  const { target } = value;
  if (typeof target !== 'string') throw corrupt('a link has no target');
  const problem = linkTargetProblem(path, target, platform);
  if (problem !== undefined) {
    throw unsafe(path, problem, 'links that are stored stay inside the workspace: make it relative, or leave it out');
  }
  requireFields(value, 3, path);
  return { path, type: 'symlink', target };
}

/** The fields that the entry must have were read: as many as these means that there is no other. */
function requireFields(value: Readonly<Record<string, unknown>>, count: number, path: string): void {
  if (Object.keys(value).length !== count) throw unsafe(path, 'has a field that is not known');
}
