import { isDigest, type Digest } from '@velocity/core';
import { corrupt, tooLarge } from './artifact-error.js';
import { MAX_BLOBS, MAX_SEGMENT_SIZE, type ArtifactLimits } from './limits.js';
import { manifestDigest, outputSizeOf, type Manifest } from './manifest.js';
import { isSize } from './parse-entry.js';

/** One piece of an artifact: an independent zstd frame, named by the digest of its compressed bytes. */
export interface BlobDescription {
  readonly digest: Digest;
  /** Compressed bytes: what travels. */
  readonly size: number;
  /** Exactly what it decompresses to. */
  readonly unpackedSize: number;
}

/** What a record says of an artifact: enough to fetch it, and what it must then turn out to be. */
export interface ArtifactDescription {
  readonly manifestDigest: Digest;
  /** In stream order. */
  readonly blobs: readonly BlobDescription[];
  /** Entries of the manifest. */
  readonly entryCount: number;
  /** Bytes of all output files together. */
  readonly outputSize: number;
}

/** More than any header takes, pax records of the longest path and target, and padding. */
const MAX_MEMBER_OVERHEAD = 6 * 1024;

export function describeArtifact(manifest: Manifest, blobs: readonly BlobDescription[]): ArtifactDescription {
  return {
    manifestDigest: manifestDigest(manifest),
    blobs: blobs.map(({ digest, size, unpackedSize }) => ({ digest, size, unpackedSize })),
    entryCount: manifest.entries.length,
    outputSize: outputSizeOf(manifest),
  };
}

/** Refuses, before anything is fetched, what is over the limits or cannot be true. @throws VelocityError `ARTIFACT_CORRUPT`, `ARTIFACT_TOO_LARGE` */
export function checkDescription(description: ArtifactDescription, limits: ArtifactLimits): void {
  const { blobs, entryCount, outputSize } = description;
  if (!isDigest(description.manifestDigest) || !isSize(entryCount) || !isSize(outputSize) || !Array.isArray(blobs)) {
    throw corrupt('its description is not valid');
  }
  if (entryCount > limits.maxEntries) throw tooLarge(`${entryCount} entries, more than ${limits.maxEntries}`);
  if (outputSize > limits.maxOutputSize) throw tooLarge(`${outputSize} bytes, more than ${limits.maxOutputSize}`);
  if (blobs.length > MAX_BLOBS) throw tooLarge(`${blobs.length} blobs, more than ${MAX_BLOBS}`);
  if (blobs.length === 0) throw corrupt('it has no blobs');
  let total = 0;
  for (const blob of blobs) {
    checkBlob(blob);
    total += blob.unpackedSize;
  }
  const overhead = MAX_MEMBER_OVERHEAD * (entryCount + 2);
  if (total > outputSize + overhead + limits.maxMetadataSize + limits.maxLogSize) {
    throw tooLarge(`its blobs unpack to ${total} bytes, for ${outputSize} bytes of files`);
  }
}

function checkBlob({ digest, size, unpackedSize }: BlobDescription): void {
  if (!isDigest(digest) || !isSize(size) || !isSize(unpackedSize) || size === 0 || unpackedSize === 0) {
    throw corrupt('one of its blobs has no valid description');
  }
  if (unpackedSize > MAX_SEGMENT_SIZE) throw tooLarge(`a blob unpacks to more than ${MAX_SEGMENT_SIZE} bytes`);
  // ZSTD_COMPRESSBOUND and room for headers: no honest frame is longer.
  if (size > unpackedSize + unpackedSize / 256 + 1024) throw tooLarge(`a blob of ${size} bytes for ${unpackedSize}`);
}
