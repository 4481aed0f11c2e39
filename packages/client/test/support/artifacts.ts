import type { ArtifactDescription } from '@velocity/protocol';
import type { StoredArtifact } from '@velocity/client';
import { digestOf, parseCacheKey, type CacheKey, type Digest } from '@velocity/core';

export function keyOf(name: string): CacheKey {
  return parseCacheKey(digestOf(`key of ${name}`));
}

/** What an uploader says of an artifact with these blobs. */
export function describe(blobs: readonly Uint8Array[], manifest = 'one'): ArtifactDescription {
  return {
    manifestDigest: digestOf(`manifest ${manifest}`),
    blobs: blobs.map((bytes) => ({ digest: digestOf(bytes), size: bytes.byteLength, unpackedSize: 100 })),
    entryCount: 1,
    outputSize: 10,
    durationMs: 5,
    task: 'web#build',
  };
}

export interface CountedArtifact extends StoredArtifact {
  /** How often each blob was opened. */
  readonly opened: readonly number[];
}

/** An artifact in memory that counts how often it is read. */
export function artifactOf(blobs: readonly Uint8Array[], manifest?: string): CountedArtifact {
  const opened = blobs.map(() => 0);
  return {
    description: describe(blobs, manifest),
    opened,
    openBlob: async (index) => {
      opened[index] = (opened[index] ?? 0) + 1;
      return pieces(blobs[index] ?? new Uint8Array());
    },
  };
}

/** An artifact whose only blob is described as `bytes` and read from `open`. */
export function artifactFrom(bytes: Uint8Array, open: () => AsyncIterable<Uint8Array>): StoredArtifact {
  return { description: describe([bytes]), openBlob: async () => open() };
}

/** Bytes that no two blobs share and that do not compress. */
export function blobOf(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = seed;
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

export async function* pieces(bytes: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

/** The digests of what is really read, to be compared with those of the description. */
export async function readDigests(artifact: StoredArtifact): Promise<Digest[]> {
  const digests: Digest[] = [];
  for (const index of artifact.description.blobs.keys())
    digests.push(digestOf(await collect(await artifact.openBlob(index))));
  return digests;
}
