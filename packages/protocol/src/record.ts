import * as v from 'valibot';
import { cacheKeySchema, countSchema, digestSchema, namespaceSchema, scopeSchema, sizeSchema } from './values.js';

/** One piece of an artifact: an independent zstd frame, named by the digest of its compressed bytes. */
export const blobSchema = v.strictObject({
  digest: digestSchema,
  /** Compressed bytes: what travels. */
  size: v.pipe(sizeSchema, v.minValue(1)),
  /** Exactly what it decompresses to. */
  unpackedSize: sizeSchema,
});

/** `web#build`, for people. */
export const taskSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(512));

/** What an uploader says of an artifact, and what a reader may rely on before it unpacks it. */
export const artifactDescriptionSchema = v.strictObject({
  manifestDigest: digestSchema,
  /** In stream order: concatenated they are the artifact. */
  blobs: v.pipe(v.array(blobSchema), v.minLength(1), v.maxLength(16_384)),
  /** Entries of the manifest. */
  entryCount: countSchema,
  /** Bytes of all output files together. */
  outputSize: sizeSchema,
  /** How long the task ran, in milliseconds. */
  durationMs: sizeSchema,
  task: taskSchema,
});

/** The document that says which blobs a cache key stands for, in one scope. Written only by the gateway or the local store. */
export const recordSchema = v.strictObject({
  version: v.literal(1),
  key: cacheKeySchema,
  namespace: namespaceSchema,
  tier: v.picklist(['trusted', 'untrusted']),
  scope: scopeSchema,
  artifact: artifactDescriptionSchema,
  /** ISO 8601, UTC. */
  createdAt: v.pipe(v.string(), v.isoTimestamp()),
  /** Who wrote it: the principal's name. */
  writer: v.pipe(v.string(), v.maxLength(256)),
});

export type BlobDescription = v.InferOutput<typeof blobSchema>;
export type ArtifactDescription = v.InferOutput<typeof artifactDescriptionSchema>;
export type CacheRecord = v.InferOutput<typeof recordSchema>;
