import { createHash } from 'node:crypto';
import type { CacheKey } from '@velocity/core';
import { corrupt } from './artifact-error.js';
import type { Codec } from './codec.js';
import { checkDescription, type ArtifactDescription } from './description.js';
import { logMember, metadataMember, streamSizeOf, type ArtifactLayout } from './layout.js';
import { withDefaults, type ArtifactLimits } from './limits.js';
import { LogDecoder } from './log-frame.js';
import { digestOfEntries, sizeOfEntries } from './manifest.js';
import type { ArtifactSummary } from './metadata.js';
import { MetadataReader, type ReadMetadata } from './metadata-reader.js';
import type { PieceCursor, Reading } from './piece-cursor.js';
import { SegmentStream, type OpenBlob } from './segment-stream.js';
import { encodeTarHeader, paddingOf, sizeInHeader, TAR_BLOCK } from './tar-header.js';

export interface OpenArtifactOptions {
  readonly description: ArtifactDescription;
  readonly openBlob: OpenBlob;
  readonly codec: Codec;
  /** Whose result it must be: one of another key is corrupt, whatever else it holds. Default: any. */
  readonly key?: CacheKey | undefined;
  readonly limits?: Partial<ArtifactLimits> | undefined;
  /** Whether a path is one of the task's outputs. Default: all are. */
  readonly accepts?: ((path: string) => boolean) | undefined;
  /** Whose rules for names hold. Default: this machine's. */
  readonly platform?: NodeJS.Platform | undefined;
  /** Blobs fetched and decoded at a time. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
}

export interface OpenedArtifact extends ReadMetadata {
  readonly layout: ArtifactLayout;
}

/** While the manifest is read, beside which a collision table stands. */
const HEAD_BUDGET_BYTES = 20 * 1024 ** 2;

/** The blobs of an artifact, of which only so much is fetched ahead as is right for its head. The caller closes it. */
export function openSegments(options: OpenArtifactOptions): SegmentStream {
  checkDescription(options.description, withDefaults(options.limits));
  return new SegmentStream({ ...options, blobs: options.description.blobs, budgetBytes: HEAD_BUDGET_BYTES });
}

/** Reads and validates everything up to the log, and holds it against the description. */
export function* readOpening(
  cursor: PieceCursor,
  options: OpenArtifactOptions & { readonly keepsFingerprint: boolean },
): Reading<OpenedArtifact> {
  const limits = withDefaults(options.limits);
  const { description } = options;
  const size = yield* readMetadataSize(cursor, limits);
  const reader = new MetadataReader({ ...options, limits, size, entryCount: description.entryCount });
  for (let remaining = size; remaining > 0;) {
    const piece = yield* cursor.read(remaining);
    reader.push(piece);
    remaining -= piece.byteLength;
  }
  yield* cursor.expect(Buffer.alloc(paddingOf(size)), 'the padding of velocity.json');
  const metadata = reader.finish();
  const layout = { entries: metadata.entries, metadataSize: size, logSize: metadata.summary.log.size };
  checkLayout(layout, description, limits);
  return { ...metadata, layout };
}

/** Gives out the log's bytes, checked on the way: framing, and at the end length and digest. Each piece is gone when `sink` returns. */
export function* readLog(
  cursor: PieceCursor,
  { size, digest }: ArtifactSummary['log'],
  sink: (piece: Uint8Array) => void,
): Reading<void> {
  yield* cursor.expect(encodeTarHeader(logMember(size)), 'the header of the log');
  const hash = createHash('sha256');
  const decoder = new LogDecoder();
  for (let remaining = size; remaining > 0;) {
    const piece = yield* cursor.read(remaining);
    remaining -= piece.byteLength;
    hash.update(piece);
    decoder.check(piece);
    sink(piece);
  }
  decoder.end();
  if (hash.digest('hex') !== digest) throw corrupt('its log does not have its digest');
  yield* cursor.expect(Buffer.alloc(paddingOf(size)), 'the padding of the log');
}

/** The only number that is read from a tar header; the header must then be the one for this number. */
function* readMetadataSize(cursor: PieceCursor, limits: ArtifactLimits): Reading<number> {
  const block = Buffer.alloc(TAR_BLOCK);
  for (let used = 0; used < TAR_BLOCK;) {
    const piece = yield* cursor.read(TAR_BLOCK - used);
    block.set(piece, used);
    used += piece.byteLength;
  }
  const size = sizeInHeader(block);
  if (size === undefined || !encodeTarHeader(metadataMember(size)).equals(block)) {
    throw corrupt('it does not start with velocity.json');
  }
  if (size > limits.maxMetadataSize) throw corrupt(`its velocity.json has ${size} bytes`);
  return size;
}

/** Holds what was read against what was said. */
function checkLayout(layout: ArtifactLayout, description: ArtifactDescription, limits: ArtifactLimits): void {
  const { entries, logSize } = layout;
  if (digestOfEntries(entries) !== description.manifestDigest || sizeOfEntries(entries) !== description.outputSize) {
    throw corrupt('its manifest is not the one that was said');
  }
  if (logSize > limits.maxLogSize) throw corrupt(`its log has ${logSize} bytes`);
  const streamSize = streamSizeOf(layout);
  const blobSize = description.blobs.reduce((sum, { unpackedSize }) => sum + unpackedSize, 0);
  if (streamSize !== blobSize) throw corrupt(`its blobs unpack to ${blobSize} bytes instead of ${streamSize}`);
}
