import { decodeText, parseJson, type ArtifactMetadata } from './metadata.js';
import type { ReadMetadata } from './metadata-reader.js';
import { openSegments, readLog, readOpening, type OpenedArtifact, type OpenArtifactOptions } from './open-artifact.js';
import { PieceCursor, startReading, type PieceSink, type Reading } from './piece-cursor.js';

export type ReadArtifactHeadOptions = Omit<OpenArtifactOptions, 'concurrency'>;

export interface ArtifactHead {
  /** Fingerprint and entries become objects when they are first looked at. */
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
  const segments = openSegments({ ...options, concurrency: 1 });
  const cursor = new PieceCursor();
  let opening: OpenedArtifact | undefined;
  const pieces: Uint8Array[] = [];
  const sink = startReading(
    cursor,
    (function* read(): Reading<void> {
      opening = yield* readOpening(cursor, { ...options, concurrency: 1, keepsFingerprint: true });
      // Whoever reads the log may keep what it gets.
      yield* readLog(cursor, opening.summary.log, (piece) => pieces.push(Uint8Array.from(piece)));
    })(),
  );
  const pour = async (): Promise<void> => {
    if (!(await segments.pour(sink))) sink.end();
  };
  try {
    // Set by the reading that is poured into.
    // eslint-disable-next-line no-unmodified-loop-condition
    while (opening === undefined) await pour();
    return { metadata: toMetadata(opening), log: logOf({ pieces, sink, pour, close: () => segments.close() }) };
  } catch (error) {
    await segments.close();
    throw error;
  }
}

function logOf(source: {
  readonly pieces: Uint8Array[];
  readonly sink: PieceSink<void>;
  readonly pour: () => Promise<void>;
  readonly close: () => Promise<void>;
}): AsyncIterable<Uint8Array> {
  const { pieces, sink, pour, close } = source;
  return {
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) {
          yield* pieces.splice(0);
          if (sink.result !== undefined) return;
          await pour();
        }
      } finally {
        await close();
      }
    },
  };
}

function toMetadata({ summary, fingerprint, entries }: ReadMetadata): ArtifactMetadata {
  let text = fingerprint ?? Buffer.from('null');
  let value: unknown;
  return {
    ...summary,
    get fingerprint() {
      if (text.byteLength > 0) value = parseJson(decodeText(text));
      text = new Uint8Array();
      return value;
    },
    manifest: entries.toManifest(),
  };
}
