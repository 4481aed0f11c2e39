import { createHash } from 'node:crypto';
import { corrupt } from './artifact-error.js';
import { ByteCursor } from './byte-cursor.js';
import type { Codec } from './codec.js';
import { checkDescription, type ArtifactDescription } from './description.js';
import { logMember, metadataMember, streamSizeOf } from './layout.js';
import { withDefaults, type ArtifactLimits } from './limits.js';
import { LogDecoder } from './log-frame.js';
import { manifestDigest, outputSizeOf } from './manifest.js';
import type { ArtifactMetadata } from './metadata.js';
import { MetadataReader } from './metadata-reader.js';
import { segmentStream, type OpenBlob } from './segment-stream.js';
import { encodeTarHeader, paddingOf, sizeInHeader, TAR_BLOCK } from './tar-header.js';

export interface OpenArtifactOptions {
  readonly description: ArtifactDescription;
  readonly openBlob: OpenBlob;
  readonly codec: Codec;
  readonly limits?: Partial<ArtifactLimits> | undefined;
  /** Whether a path is one of the task's outputs. Default: all are. */
  readonly accepts?: ((path: string) => boolean) | undefined;
  /** Blobs fetched and decoded at a time. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
}

export interface OpenedArtifact {
  readonly metadata: ArtifactMetadata;
  /** Stands before the log. The caller closes it. */
  readonly cursor: ByteCursor;
}

/** Reads and validates everything up to the log, and holds it against the description. Fetches only what that takes. */
export async function openArtifact(options: OpenArtifactOptions): Promise<OpenedArtifact> {
  const limits = withDefaults(options.limits);
  const { description } = options;
  checkDescription(description, limits);
  const cursor = new ByteCursor(segmentStream({ ...options, blobs: description.blobs }));
  try {
    const metadataSize = await readMetadataSize(cursor, limits);
    const metadata = await readMetadata(cursor, metadataSize, { ...options, limits });
    const { manifest, log } = metadata;
    if (manifestDigest(manifest) !== description.manifestDigest || outputSizeOf(manifest) !== description.outputSize) {
      throw corrupt('its manifest is not the one that was said');
    }
    if (log.size > limits.maxLogSize) throw corrupt(`its log has ${log.size} bytes`);
    const streamSize = streamSizeOf({ manifest, metadataSize, logSize: log.size });
    const blobSize = description.blobs.reduce((sum, { unpackedSize }) => sum + unpackedSize, 0);
    if (streamSize !== blobSize) throw corrupt(`its blobs unpack to ${blobSize} bytes instead of ${streamSize}`);
    return { metadata, cursor };
  } catch (error) {
    await cursor.close();
    throw error;
  }
}

/** The log's bytes, checked on the way: framing, and at the end length and digest. To be read once, and whole. */
export async function* readLog({ metadata, cursor }: OpenedArtifact): AsyncGenerator<Uint8Array, void, undefined> {
  const { size, digest } = metadata.log;
  await cursor.expect(encodeTarHeader(logMember(size)), 'the header of the log');
  const hash = createHash('sha256');
  const decoder = new LogDecoder();
  for (let remaining = size; remaining > 0;) {
    const piece = await cursor.read(remaining);
    remaining -= piece.byteLength;
    hash.update(piece);
    decoder.push(piece);
    yield piece;
  }
  decoder.end();
  if (hash.digest('hex') !== digest) throw corrupt('its log does not have its digest');
  await cursor.expect(Buffer.alloc(paddingOf(size)), 'the padding of the log');
}

/** The only number that is read from a tar header; the header must then be the one for this number. */
async function readMetadataSize(cursor: ByteCursor, limits: ArtifactLimits): Promise<number> {
  const block = Buffer.alloc(TAR_BLOCK);
  for (let used = 0; used < TAR_BLOCK;) {
    const piece = await cursor.read(TAR_BLOCK - used);
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

async function readMetadata(
  cursor: ByteCursor,
  size: number,
  options: OpenArtifactOptions & { readonly limits: ArtifactLimits },
): Promise<ArtifactMetadata> {
  const { limits, accepts, description } = options;
  const reader = new MetadataReader({ limits, accepts, entryCount: description.entryCount });
  for (let remaining = size; remaining > 0;) {
    const piece = await cursor.read(remaining);
    reader.push(piece);
    remaining -= piece.byteLength;
  }
  await cursor.expect(Buffer.alloc(paddingOf(size)), 'the padding of velocity.json');
  return reader.finish();
}
