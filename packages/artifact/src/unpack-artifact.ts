import { closeSync } from 'node:fs';
import type { RelativePath } from '@velocity/core';
import { throwIfCancelled } from './artifact-error.js';
import { entryMember, memberSize } from './layout.js';
import type { EntryList, FileEntry, Manifest, ManifestEntry } from './manifest.js';
import type { ArtifactSummary } from './metadata.js';
import { openSegments, readLog, readOpening, type OpenArtifactOptions } from './open-artifact.js';
import { PieceCursor, startReading, type Reading } from './piece-cursor.js';
import type { SegmentStream } from './segment-stream.js';
import { StagedEntries } from './staged-entries.js';
import { createFile, StagingWriter, writeAll } from './staging-writer.js';
import { encodeTarHeader, paddingOf, TAR_BLOCK, TAR_END } from './tar-header.js';

export interface UnpackArtifactOptions extends Omit<OpenArtifactOptions, 'concurrency' | 'accepts'> {
  /** An empty folder that nobody else uses, on the device of the outputs. */
  readonly stagingDir: string;
  /**
   * A folder of the tree that is there, relative to it: where all entries lie below it, staging holds them without that part of their
   * paths, which spares making folders. `swapOutputs` must then be given {@link StagedArtifact.base}. Default: the root.
   */
  readonly base?: string | undefined;
  /** Where the framed log goes: a file that does not exist, outside of the staging folder. */
  readonly logFile: string;
  /** Whether a path is one of the task's outputs: an artifact with any other is unsafe. */
  readonly accepts: (path: string) => boolean;
  /**
   * Whether the tree holds exactly this entry already, reached through folders alone and not through a link; asked once for each, after the
   * whole manifest was validated. Such an entry is not unpacked, and blobs that hold nothing else are not opened. `swapOutputs` must then be
   * given {@link StagedArtifact.staged}. Default: none is.
   */
  readonly isInPlace?: ((entry: ManifestEntry) => boolean) | undefined;
  /** Blobs fetched and decoded at a time; default 4. Memory is bounded apart from it. */
  readonly concurrency?: number | undefined;
}

export interface StagedArtifact {
  readonly metadata: ArtifactSummary & { readonly manifest: Manifest };
  readonly manifest: Manifest;
  readonly logFile: string;
  /** The entries that are in staging, where `isInPlace` was true for any other; `undefined`: all of them. For `swapOutputs`. */
  readonly staged: ReadonlySet<RelativePath> | undefined;
  /** What staging has left out of all paths; empty for nothing. For `swapOutputs`. */
  readonly base: string;
}

const DEFAULT_CONCURRENCY = 4;
const PADDING = Buffer.alloc(TAR_BLOCK);
/** Of the manifest, and of compressed and unpacked blobs. */
const MEMORY_BYTES = 40 * 1024 ** 2;

/**
 * Unpacks an artifact into a staging folder. Every blob is checked (length, digest) before anything of it is used, the manifest is
 * validated before the first file is written, headers must be the very bytes that the manifest implies, and every file's digest is
 * checked. Nothing outside of `stagingDir` and `logFile` is touched, and memory does not grow with the artifact beyond 64 MiB.
 *
 * On a failure the caller removes both.
 * @throws VelocityError `ARTIFACT_CORRUPT`, `ARTIFACT_UNSAFE`, `ARTIFACT_TOO_LARGE`, `STORAGE_FULL`, `CANCELLED`; and whatever `openBlob` throws
 */
export async function unpackArtifact(options: UnpackArtifactOptions): Promise<StagedArtifact> {
  const { isInPlace, concurrency = DEFAULT_CONCURRENCY } = options;
  const writer = new StagingWriter(options.stagingDir);
  // As long as it is not known which blobs are needed, none is fetched ahead.
  const segments = openSegments({ ...options, concurrency: isInPlace === undefined ? concurrency : 1 });
  const cursor = new PieceCursor();
  const sink = startReading(cursor, unpack(cursor, { ...options, concurrency, segments, writer }));
  try {
    while (sink.result === undefined) if (!(await segments.pour(sink))) sink.end();
    return sink.result.value;
  } finally {
    sink.close();
    await segments.close();
  }
}

interface Unpacking extends UnpackArtifactOptions {
  readonly concurrency: number;
  readonly segments: SegmentStream;
  readonly writer: StagingWriter;
}

function* unpack(cursor: PieceCursor, options: Unpacking): Reading<StagedArtifact> {
  const { description, isInPlace, concurrency, segments, writer, logFile, signal } = options;
  const { summary, entries, layout } = yield* readOpening(cursor, { ...options, keepsFingerprint: false });
  const staged = new StagedEntries(entries, isInPlace);
  const isNeeded = staged.blobsNeeded(description.blobs, layout);
  segments.proceed({ isNeeded, concurrency, budgetBytes: MEMORY_BYTES - entries.memoryBytes });
  yield* writeLog(cursor, summary.log, logFile);
  const base = areAllBelow(entries, options.base ?? '') ? (options.base ?? '') : '';
  writer.startBelow(base);
  yield* writeEntries(cursor, { entries, staged, writer, signal });
  const manifest = entries.toManifest();
  return { metadata: { ...summary, manifest }, manifest, logFile, staged: staged.paths, base };
}

function areAllBelow(entries: EntryList, base: string): boolean {
  for (const { path } of entries) if (!path.startsWith(`${base}/`)) return false;
  return true;
}

function* writeLog(cursor: PieceCursor, log: ArtifactSummary['log'], logFile: string): Reading<void> {
  const fd = createFile(logFile, logFile);
  try {
    yield* readLog(cursor, log, (piece) => writeAll(fd, piece, logFile));
  } finally {
    closeSync(fd);
  }
}

function* writeEntries(
  cursor: PieceCursor,
  from: {
    readonly entries: EntryList;
    readonly staged: StagedEntries;
    readonly writer: StagingWriter;
    readonly signal: AbortSignal | undefined;
  },
): Reading<void> {
  const { entries, staged, writer, signal } = from;
  let start = cursor.offset;
  let index = 0;
  for (const entry of entries) {
    throwIfCancelled(signal);
    const member = entryMember(entry);
    if (staged.has(index)) {
      cursor.seek(start);
      yield* cursor.expect(encodeTarHeader(member), 'a header');
      if (entry.type === 'directory') writer.makeFolder(entry.path);
      else if (entry.type === 'symlink') writer.prepareLink(entry);
      else yield* writeFile(cursor, writer, entry);
    }
    start += memberSize(member);
    index += 1;
  }
  // Nothing follows it: the sizes of all blobs add up to what there should be. It is not worth a blob of its own.
  if (staged.paths === undefined) yield* cursor.expect(TAR_END, 'its end');
  index = 0;
  for (const entry of entries) {
    if (entry.type === 'symlink' && staged.has(index)) writer.addLink(entry);
    index += 1;
  }
}

function* writeFile(cursor: PieceCursor, writer: StagingWriter, entry: FileEntry): Reading<void> {
  const data = entry.size === 0 ? new Uint8Array() : yield* cursor.read(entry.size);
  if (data.byteLength === entry.size) {
    writer.writeFile(entry, data);
  } else {
    const file = writer.openFile(entry);
    try {
      file.append(data);
      for (let remaining = entry.size - data.byteLength; remaining > 0;) {
        const piece = yield* cursor.read(remaining);
        file.append(piece);
        remaining -= piece.byteLength;
      }
      file.finish();
    } finally {
      file.close();
    }
  }
  yield* cursor.expect(PADDING.subarray(0, paddingOf(entry.size)), 'padding');
}
