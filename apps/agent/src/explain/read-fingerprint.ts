import { readArtifactHead, type Codec } from '@velocity/artifact';
import type { ArtifactHit } from '@velocity/client';
import { isVelocityError, type CacheKey, type Fingerprint } from '@velocity/core';
import { parseFingerprint } from './parse-fingerprint.js';

/** The fingerprint that a stored artifact carries; undefined where it cannot be read or belongs to another key. */
export async function readFingerprint(
  key: CacheKey,
  hit: ArtifactHit,
  { codec, signal }: { readonly codec: Codec; readonly signal?: AbortSignal | undefined },
): Promise<Fingerprint | undefined> {
  try {
    const { metadata, log } = await readArtifactHead({
      description: hit.description,
      openBlob: (index, options) => hit.openBlob(index, options),
      codec,
      ...(signal !== undefined && { signal }),
    });
    // Nobody reads the log: what is open for it is closed.
    await log[Symbol.asyncIterator]().return?.();
    return parseFingerprint(metadata.fingerprint, key);
  } catch (error) {
    if (signal?.aborted === true || !isVelocityError(error)) throw error;
    return undefined;
  }
}
