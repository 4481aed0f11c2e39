import { createHash } from 'node:crypto';
import { compareCodeUnits, encodeCanonical, type Digest, type RelativePath } from '@velocity/core';

export interface FileEntry {
  /** Below the workspace root, separated by `/`. */
  readonly path: RelativePath;
  readonly type: 'file';
  readonly executable: boolean;
  /** In bytes. */
  readonly size: number;
  readonly digest: Digest;
}

export interface SymlinkEntry {
  readonly path: RelativePath;
  readonly type: 'symlink';
  /** As it stands in the link: relative to the link's own folder, inside the workspace. */
  readonly target: string;
}

/** A folder with nothing in it. Other folders exist because something lies below them and are never listed. */
export interface DirectoryEntry {
  readonly path: RelativePath;
  readonly type: 'directory';
}

export type ManifestEntry = FileEntry | SymlinkEntry | DirectoryEntry;

/** The exact list of what an artifact holds, sorted by path (UTF-16 code units): a tree has exactly one. */
export interface Manifest {
  readonly version: 1;
  readonly entries: readonly ManifestEntry[];
}

/** Entries in order, however they are kept. */
export interface EntryList extends Iterable<ManifestEntry> {
  readonly length: number;
}

const DOMAIN = 'velocity/manifest/v1\0';

/**
 * SHA-256 over the domain `velocity/manifest/v1\0` and the canonical encodings of the number of entries and of each entry, in order.
 * Two artifacts are the same when these are equal, whatever codec packed them.
 */
export function manifestDigest(manifest: Manifest): Digest {
  return digestOfEntries(manifest.entries);
}

export function digestOfEntries(entries: EntryList): Digest {
  const hash = createHash('sha256').update(DOMAIN).update(encodeCanonical(entries.length));
  for (const entry of entries) hash.update(encodeCanonical({ ...entry }));
  return hash.digest('hex') as Digest;
}

/** Bytes of all files together. */
export function outputSizeOf(manifest: Manifest): number {
  return sizeOfEntries(manifest.entries);
}

export function sizeOfEntries(entries: EntryList): number {
  let size = 0;
  for (const entry of entries) if (entry.type === 'file') size += entry.size;
  return size;
}

export function compareEntries(a: ManifestEntry, b: ManifestEntry): number {
  return compareCodeUnits(a.path, b.path);
}
