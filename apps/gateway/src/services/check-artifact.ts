import { formatSize } from '@velocity/core';
import type { ArtifactDescription } from '@velocity/protocol';
import type { Limits } from '../context.js';
import { Refusal } from '../refusal.js';

/** @throws Refusal 413 for what is larger than the limits, 400 for what contradicts itself */
export function checkArtifact({ blobs }: ArtifactDescription, limits: Limits): void {
  const sizes = new Map<string, number>();
  let total = 0;
  for (const { digest, size } of blobs) {
    if (size > limits.maxBlobSize)
      throw tooLarge('a blob', [size, limits.maxBlobSize], 'cut the artifact into smaller blobs');
    if ((sizes.get(digest) ?? size) !== size) {
      throw new Refusal(400, 'PROTOCOL', `the blob ${digest} is named with two sizes`);
    }
    sizes.set(digest, size);
    total += size;
  }
  if (total > limits.maxArtifactSize)
    throw tooLarge(
      'the artifact',
      [total, limits.maxArtifactSize],
      'the gateway may be given another VC_MAX_ARTIFACT_SIZE',
    );
}

function tooLarge(what: string, [size, limit]: readonly [number, number], hint: string): Refusal {
  const message = `${what} has ${formatSize(size)}; the limit is ${formatSize(limit)}`;
  return new Refusal(413, 'ARTIFACT_TOO_LARGE', message, { hint });
}
