import { isUtf8 } from 'node:buffer';
import { isCacheKey, isDigest, type CacheKey, type Digest } from '@velocity/core';
import { corrupt, tooLarge } from './artifact-error.js';
import { checkJson } from './check-json.js';
import { MAX_OPENING_SIZE, MAX_TASK_LENGTH } from './limits.js';
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

/** What a reader acts on: all but manifest and fingerprint. */
export type ArtifactSummary = Omit<ArtifactOpening, 'fingerprint'>;

/** Its quotes cannot stand in the task's name, where they would be escaped. */
const FINGERPRINT_FIELD = ',"fingerprint":';
/** More than any summary takes: a task's name of 512 characters, each of which may need an escape of six. */
const MAX_SUMMARY_SIZE = 8 * 1024;
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

/** An opening line as it is read: what a reader acts on, and the fingerprint's text, which is valid JSON. */
export interface OpeningLine {
  readonly summary: ArtifactSummary;
  readonly fingerprint: Uint8Array;
}

/** @throws VelocityError `ARTIFACT_CORRUPT`, or `ARTIFACT_TOO_LARGE` for a fingerprint that would take too much memory */
export function parseOpening(line: Uint8Array): OpeningLine {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
  const start = bytes.subarray(0, MAX_SUMMARY_SIZE).indexOf(FINGERPRINT_FIELD);
  const end = bytes.byteLength - OPENING_END.length;
  if (start < 0 || end < start + FINGERPRINT_FIELD.length || bytes.toString('latin1', end) !== OPENING_END) {
    throw corrupt('velocity.json does not start as it should');
  }
  const text = decodeText(bytes.subarray(0, start));
  const summary = parseSummary(parseJson(`${text}}`));
  // There is one way to write it: so no other reader sees other values.
  if (encodeSummary(summary) !== text) throw corrupt('velocity.json is not in its canonical form');
  const fingerprint = bytes.subarray(start + FINGERPRINT_FIELD.length, end);
  checkJson(fingerprint);
  return { summary, fingerprint };
}

/** @throws VelocityError as {@link parseOpening} */
function parseSummary(value: unknown): ArtifactSummary {
  if (!isPlainObject(value)) throw corrupt('velocity.json is no object');
  const { version, key, task, durationMs, log } = value;
  if (version !== 1) throw corrupt('velocity.json is not of version 1');
  if (!isCacheKey(key)) throw corrupt('velocity.json has no valid cache key');
  if (typeof task !== 'string' || task === '' || task.length > MAX_TASK_LENGTH) {
    throw corrupt('velocity.json has no valid task');
  }
  if (!isSize(durationMs)) throw corrupt('velocity.json has no valid duration');
  if (!isPlainObject(log) || !isSize(log['size']) || !isDigest(log['digest'])) {
    throw corrupt('velocity.json does not describe its log');
  }
  if (Object.keys(value).length !== 5 || Object.keys(log).length !== 2) {
    throw corrupt('velocity.json has a field that is not known');
  }
  return { version, key, task, durationMs, log: { size: log['size'], digest: log['digest'] } };
}

/** What {@link parseOpening} would refuse is not written either. @throws VelocityError as {@link parseOpening} */
export function checkOpening(opening: ArtifactOpening): void {
  const line = Buffer.from(encodeOpening(opening));
  if (line.byteLength > MAX_OPENING_SIZE) throw tooLarge(`a fingerprint of ${line.byteLength} bytes`);
  parseOpening(line);
}

function encodeOpening(opening: ArtifactOpening): string {
  return `${encodeSummary(opening)}${FINGERPRINT_FIELD}${JSON.stringify(opening.fingerprint)}${OPENING_END}`;
}

/** The line up to the fingerprint. */
function encodeSummary({ version, key, task, durationMs, log }: ArtifactSummary): string {
  const { size, digest } = log;
  return JSON.stringify({ version, key, task, durationMs, log: { size, digest } }).slice(0, -1);
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
