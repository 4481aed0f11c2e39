import { isUtf8 } from 'node:buffer';
import { isCacheKey, isDigest, type CacheKey, type Digest } from '@velocity/core';
import { corrupt, tooLarge } from './artifact-error.js';
import { MAX_JSON_DEPTH, MAX_JSON_VALUES, MAX_OPENING_SIZE, MAX_TASK_LENGTH } from './limits.js';
import type { Manifest, ManifestEntry } from './manifest.js';
import { isPlainObject, isSize } from './parse-entry.js';

/** What a task's result is the result of. */
export interface ArtifactInfo {
  readonly key: CacheKey;
  /** The fingerprint that the key is the digest of: any JSON, carried unread. */
  readonly fingerprint: unknown;
  /** `web#build`, for people; at most 512 characters. */
  readonly task: string;
  /** How long it ran, in whole milliseconds. */
  readonly durationMs: number;
}

/** `velocity.json`, the first member of an artifact. */
export interface ArtifactMetadata extends ArtifactInfo {
  readonly version: 1;
  /** Of the framed log: see `decodeLog`. */
  readonly log: { readonly size: number; readonly digest: Digest };
  readonly manifest: Manifest;
}

/** All of it but the manifest: what the first line of `velocity.json` holds. */
export type ArtifactOpening = Omit<ArtifactMetadata, 'manifest'>;

const OPENING_END = ',"manifest":{"version":1,"entries":[';
export const CLOSING = ']}}';

/**
 * The text of `velocity.json`: one JSON document, written so that it can be read in bounded memory. The first line holds everything up to
 * the manifest's list, then one line an entry, then `]}}`. There is one way to write it, and readers accept no other.
 */
export function* encodeMetadata(metadata: ArtifactMetadata): Generator<string, void, undefined> {
  yield `${encodeOpening(metadata)}\n`;
  const { entries } = metadata.manifest;
  for (const [index, entry] of entries.entries()) {
    yield `${encodeEntry(entry)}${index === entries.length - 1 ? '' : ','}\n`;
  }
  yield `${CLOSING}\n`;
}

/** @throws VelocityError `ARTIFACT_CORRUPT`, or `ARTIFACT_TOO_LARGE` for a fingerprint that would take too much memory */
export function parseOpening(line: Uint8Array): ArtifactOpening {
  checkJsonCost(line);
  const text = decodeText(line);
  if (!text.endsWith(OPENING_END)) throw corrupt('velocity.json does not start as it should');
  const opening = parseOpeningValue(parseJson(`${text.slice(0, -OPENING_END.length)}}`));
  // All but the fingerprint, which is opaque, has one way to be written: so no other reader sees other values.
  if (!text.startsWith(encodeBeforeFingerprint(opening))) throw corrupt('velocity.json is not in its canonical form');
  return opening;
}

/** @throws VelocityError as {@link parseOpening} */
function parseOpeningValue(value: unknown): ArtifactOpening {
  if (!isPlainObject(value)) throw corrupt('velocity.json is no object');
  const { version, key, task, durationMs, log, fingerprint } = value;
  if (version !== 1) throw corrupt('velocity.json is not of version 1');
  if (!isCacheKey(key)) throw corrupt('velocity.json has no valid cache key');
  if (typeof task !== 'string' || task === '' || task.length > MAX_TASK_LENGTH) {
    throw corrupt('velocity.json has no valid task');
  }
  if (!isSize(durationMs)) throw corrupt('velocity.json has no valid duration');
  if (!isPlainObject(log) || !isSize(log['size']) || !isDigest(log['digest'])) {
    throw corrupt('velocity.json does not describe its log');
  }
  if (fingerprint === undefined) throw corrupt('velocity.json has no fingerprint');
  if (Object.keys(value).length !== 6 || Object.keys(log).length !== 2) {
    throw corrupt('velocity.json has a field that is not known');
  }
  return { version, key, task, durationMs, log: { size: log['size'], digest: log['digest'] }, fingerprint };
}

/** What {@link parseOpening} would refuse is not written either. @throws VelocityError as {@link parseOpening} */
export function checkOpening(opening: ArtifactOpening): void {
  const line = Buffer.from(encodeOpening(opening));
  if (line.byteLength > MAX_OPENING_SIZE) throw tooLarge(`a fingerprint of ${line.byteLength} bytes`);
  parseOpening(line);
}

/** Refuses a text whose objects would take far more memory than the text itself (`[[],[],…`), or that nests too deeply. */
function checkJsonCost(text: Uint8Array): void {
  let values = 0;
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.byteLength; index++) {
    const byte = text[index];
    if (byte === 0x22) inString = !inString;
    else if (inString) {
      if (byte === 0x5c) index += 1;
    } else if (byte === 0x2c) values += 1;
    else if (byte === 0x5b || byte === 0x7b) {
      values += 1;
      depth += 1;
      if (depth > MAX_JSON_DEPTH) throw tooLarge(`its fingerprint nests deeper than ${MAX_JSON_DEPTH} levels`);
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1;
  }
  if (values > MAX_JSON_VALUES) throw tooLarge(`its fingerprint has more than ${MAX_JSON_VALUES} values`);
}

function encodeOpening(opening: ArtifactOpening): string {
  return `${encodeBeforeFingerprint(opening)}${JSON.stringify(opening.fingerprint)}${OPENING_END}`;
}

function encodeBeforeFingerprint({ version, key, task, durationMs, log }: ArtifactOpening): string {
  const { size, digest } = log;
  return `${JSON.stringify({ version, key, task, durationMs, log: { size, digest } }).slice(0, -1)},"fingerprint":`;
}

/** Field by field: the order of the fields is part of the format. */
export function encodeEntry(entry: ManifestEntry): string {
  const { path, type } = entry;
  if (type === 'symlink') return JSON.stringify({ path, type, target: entry.target });
  if (type === 'directory') return JSON.stringify({ path, type });
  const { executable, size, digest } = entry;
  return JSON.stringify({ path, type, executable, size, digest });
}

export function decodeText(line: Uint8Array): string {
  if (!isUtf8(line)) throw corrupt('velocity.json is not valid UTF-8');
  return Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8');
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw corrupt('velocity.json is not valid JSON', error);
  }
}
