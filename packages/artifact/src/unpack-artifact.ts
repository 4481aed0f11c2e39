import { closeSync } from 'node:fs';
import { throwIfCancelled } from './artifact-error.js';
import type { ByteCursor } from './byte-cursor.js';
import { entryMember } from './layout.js';
import type { FileEntry, Manifest } from './manifest.js';
import type { ArtifactMetadata } from './metadata.js';
import { openArtifact, readLog, type OpenArtifactOptions, type OpenedArtifact } from './open-artifact.js';
import { createFile, StagingWriter, writeAll } from './staging-writer.js';
import { encodeTarHeader, paddingOf, TAR_END } from './tar-header.js';

export interface UnpackArtifactOptions extends Omit<OpenArtifactOptions, 'concurrency' | 'accepts'> {
  /** An empty folder that nobody else uses, on the device of the outputs. */
  readonly stagingDir: string;
  /** Where the framed log goes: a file that does not exist, outside of the staging folder. */
  readonly logFile: string;
  /** Whether a path is one of the task's outputs: an artifact with any other is unsafe. */
  readonly accepts: (path: string) => boolean;
  /** Blobs fetched and decoded at a time; default 4. Memory is bounded apart from it. */
  readonly concurrency?: number | undefined;
}

export interface StagedArtifact {
  readonly metadata: ArtifactMetadata;
  readonly manifest: Manifest;
  readonly logFile: string;
}

const DEFAULT_CONCURRENCY = 4;

/**
 * Unpacks an artifact into a staging folder. Every blob is checked (length, digest) before anything of it is used, the manifest is
 * validated before the first file is written, headers must be the very bytes that the manifest implies, and every file's digest is
 * checked. Nothing outside of `stagingDir` and `logFile` is touched.
 *
 * On a failure the caller removes both.
 * @throws VelocityError `ARTIFACT_CORRUPT`, `ARTIFACT_UNSAFE`, `ARTIFACT_TOO_LARGE`, `STORAGE_FULL`, `CANCELLED`; and whatever `openBlob` throws
 */
export async function unpackArtifact(options: UnpackArtifactOptions): Promise<StagedArtifact> {
  const { stagingDir, logFile, concurrency = DEFAULT_CONCURRENCY } = options;
  const writer = new StagingWriter(stagingDir);
  const opened = await openArtifact({ ...options, concurrency });
  const { metadata, cursor } = opened;
  try {
    await writeLog(opened, logFile);
    for (const entry of metadata.manifest.entries) {
      throwIfCancelled(options.signal);
      await cursor.expect(encodeTarHeader(entryMember(entry)), 'a header');
      if (entry.type === 'directory') writer.makeFolder(entry.path);
      else if (entry.type === 'symlink') writer.addLink(entry);
      else await unpackFile(cursor, writer, entry);
    }
    await cursor.expect(TAR_END, 'its end');
    await cursor.expectEnd();
    writer.finish();
  } finally {
    await cursor.close();
  }
  return { metadata, manifest: metadata.manifest, logFile };
}

async function writeLog(opened: OpenedArtifact, logFile: string): Promise<void> {
  const fd = createFile(logFile, logFile);
  try {
    for await (const piece of readLog(opened)) writeAll(fd, piece, logFile);
  } finally {
    closeSync(fd);
  }
}

async function unpackFile(cursor: ByteCursor, writer: StagingWriter, entry: FileEntry): Promise<void> {
  const data = cursor.take(entry.size) ?? (entry.size === 0 ? new Uint8Array() : await cursor.read(entry.size));
  if (data.byteLength === entry.size) {
    writer.writeFile(entry, data);
  } else {
    let first: Uint8Array | undefined = data;
    await writer.streamFile(entry, async (max) => {
      const piece = first ?? (await cursor.read(max));
      first = undefined;
      return piece;
    });
  }
  const padding = paddingOf(entry.size);
  if (padding > 0) await cursor.expect(Buffer.alloc(padding), 'padding');
}
