/** What an artifact may cost whoever opens it. Sizes are in bytes; the same limits hold when packing. */
export interface ArtifactLimits {
  /** Entries of the manifest; also folders that these imply. */
  readonly maxEntries: number;
  /** All files together, unpacked. */
  readonly maxOutputSize: number;
  readonly maxLogSize: number;
  /** `velocity.json`: manifest, fingerprint and the rest. It is read as it arrives and not kept as text. */
  readonly maxMetadataSize: number;
}

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

export const DEFAULT_ARTIFACT_LIMITS: ArtifactLimits = {
  maxEntries: 200_000,
  maxOutputSize: 32 * GIB,
  maxLogSize: 256 * MIB,
  maxMetadataSize: 48 * MIB,
};

export const MAX_SEGMENTS_IN_PATH = 64;
export const MAX_SEGMENT_BYTES = 255;
export const MAX_PATH_BYTES = 1024;
/**
 * Of a manifest: what its paths do not share with the one before, and its link targets; 40 bytes for each of 200,000 entries. They are in
 * memory while it is unpacked.
 */
export const MAX_NAMES_SIZE = 8 * MIB;
export const MAX_TASK_LENGTH = 512;
/** Unpacked size of one segment. */
export const MAX_SEGMENT_SIZE = 16 * MIB;
export const MAX_BLOBS = 16_384;
/** Opening line of `velocity.json`, nearly all of it the fingerprint: enough for 100,000 inputs. */
export const MAX_OPENING_SIZE = 16 * MIB;
/** Of a fingerprint: 100,000 inputs are 400,000 of them. */
export const MAX_JSON_VALUES = 420_000;
export const MAX_JSON_DEPTH = 64;

export function withDefaults(limits: Partial<ArtifactLimits> | undefined): ArtifactLimits {
  return { ...DEFAULT_ARTIFACT_LIMITS, ...limits };
}
