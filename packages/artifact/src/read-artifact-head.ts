import type { ArtifactMetadata } from './metadata.js';
import { openArtifact, readLog, type OpenArtifactOptions } from './open-artifact.js';

export type ReadArtifactHeadOptions = Omit<OpenArtifactOptions, 'concurrency'>;

export interface ArtifactHead {
  readonly metadata: ArtifactMetadata;
  /** The framed log (see `decodeLog`), fetched as it is read. To be read once, or not at all. */
  readonly log: AsyncIterable<Uint8Array>;
}

/**
 * Metadata and log of an artifact, from the first blobs alone, validated as for unpacking. Between two reads nothing is fetched.
 *
 * @throws VelocityError `ARTIFACT_CORRUPT`, `ARTIFACT_UNSAFE`, `ARTIFACT_TOO_LARGE`, and whatever `openBlob` throws
 */
export async function readArtifactHead(options: ReadArtifactHeadOptions): Promise<ArtifactHead> {
  const opened = await openArtifact({ ...options, concurrency: 1 });
  return {
    metadata: opened.metadata,
    log: {
      async *[Symbol.asyncIterator]() {
        try {
          yield* readLog(opened);
        } finally {
          await opened.cursor.close();
        }
      },
    },
  };
}
