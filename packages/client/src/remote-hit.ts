import { VelocityError, type CacheKey } from '@velocity/core';
import type { ArtifactDescription, BlobDescription, FoundResult } from '@velocity/protocol';
import type { ArtifactHit, StoreOptions } from './artifact-store.js';
import { downloadBlob } from './download-blob.js';
import { DownloadTargets } from './download-targets.js';
import type { GatewayClient } from './gateway-client.js';
import type { TransferOptions } from './transfer.js';

export interface HitOptions {
  readonly gateway: GatewayClient;
  readonly transfer: (options: StoreOptions) => TransferOptions;
  /** Around each download: told how it ended. */
  readonly observe: (chunks: AsyncIterable<Uint8Array>, download: Download) => AsyncIterable<Uint8Array>;
  /** Told that the artifact of this record is another one. */
  readonly onForeign: (key: CacheKey, artifact: ArtifactDescription, signal: AbortSignal | undefined) => Promise<void>;
}

export interface Download extends StoreOptions {
  readonly key: CacheKey;
  readonly blob: BlobDescription;
}

/** Of an answer: a record and where its blobs are. */
type Found = Pick<FoundResult, 'record' | 'blobs'>;

/** What a negotiation found, as an artifact that can be read. */
export function remoteHit(
  key: CacheKey,
  found: Found,
  { gateway, transfer, observe, onForeign }: HitOptions,
): ArtifactHit {
  const { artifact, writer, scope, createdAt } = found.record;
  const targets = new DownloadTargets(found.blobs, async (signal) => {
    const [again] = await gateway.negotiate([{ hash: key, action: 'download' }], signal);
    if (again === undefined || 'error' in again || again.status !== 'found') return undefined;
    return isAnswerTo(key, again) && hasSameBlobs(artifact, again.record.artifact) ? again.blobs : undefined;
  });
  return {
    tier: 'remote',
    description: artifact,
    origin: { writer, scope, createdAt },
    reportForeign: ({ signal } = {}) => onForeign(key, artifact, signal),
    openBlob: async (index, options = {}) => {
      const blob = artifact.blobs[index];
      if (blob === undefined) throw new VelocityError('ARTIFACT_CORRUPT', `the artifact has no blob ${index}`);
      return observe(downloadBlob(index, blob, targets, transfer(options)), { key, blob, ...options });
    },
  };
}

/** The record must be for the key that was asked and name the blobs that the URLs are for. */
export function isAnswerTo(key: CacheKey, { record, blobs }: Found): boolean {
  const described = record.artifact.blobs;
  return (
    record.key === key &&
    described.length === blobs.length &&
    described.every(({ digest }, index) => digest === blobs[index]?.digest)
  );
}

function hasSameBlobs({ blobs: a }: ArtifactDescription, { blobs: b }: ArtifactDescription): boolean {
  return a.length === b.length && a.every(({ digest }, index) => digest === b[index]?.digest);
}
