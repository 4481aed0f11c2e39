import { createHash } from 'node:crypto';
import { encodeCanonical, isVelocityError } from '@velocity/core';
import type { CacheRecord } from '@velocity/protocol';
import { ByteReader } from './byte-reader.js';

/**
 * `own`: of the record's key, with the manifest that the record says. `foreign`: another artifact, or none. `unknown`: of a later format.
 * Of an artifact's own, only what a reader needs to be told from another is looked at here: whoever unpacks it checks far more.
 */
export type HeadVerdict = 'own' | 'foreign' | 'unknown';

const TAR_BLOCK = 512;
const SIZE_FIELD = { start: 124, end: 135 };
const NAME = 'velocity.json';
/** The limits of `@velocity/artifact`: what is beyond them is nobody's artifact. */
const MAX_METADATA_SIZE = 48 * 1024 * 1024;
const MAX_OPENING_SIZE = 16 * 1024 * 1024;
const MAX_ENTRY_LINE = 16 * 1024;
const MANIFEST_DOMAIN = 'velocity/manifest/v1\0';
/** How the first line of `velocity.json` starts: there is one way to write it. */
const OPENING_START = '{"version":1,"key":"';
const KEY_LENGTH = 64;

/** Reads the unpacked stream of an artifact up to the end of its manifest. Holds one line of it. */
export async function judgeHead(unpacked: AsyncIterable<Uint8Array>, record: CacheRecord): Promise<HeadVerdict> {
  const reader = new ByteReader(unpacked);
  try {
    const header = await reader.read(TAR_BLOCK);
    if (header === undefined || !isMetadataHeader(header)) return 'foreign';
    const start = (await reader.read(OPENING_START.length + KEY_LENGTH))?.toString('latin1');
    if (start?.startsWith(OPENING_START) !== true) return isLaterFormat(start) ? 'unknown' : 'foreign';
    if (start.slice(OPENING_START.length) !== record.key) return 'foreign';
    if (!(await reader.skipLine(MAX_OPENING_SIZE))) return 'foreign';
    return (await readManifestDigest(reader, record.artifact.entryCount)) === record.artifact.manifestDigest
      ? 'own'
      : 'foreign';
  } finally {
    await reader.close();
  }
}

function isMetadataHeader(header: Buffer): boolean {
  const digits = header.toString('latin1', SIZE_FIELD.start, SIZE_FIELD.end);
  const isNamed = header.toString('latin1', 0, NAME.length + 1) === `${NAME}\0`;
  return isNamed && /^[0-7]+$/.test(digits) && Number.parseInt(digits, 8) <= MAX_METADATA_SIZE;
}

function isLaterFormat(start: string | undefined): boolean {
  return /^\{"version":(?!1,)\d+,/.test(start ?? '');
}

/** Undefined for what is no list of so many entries. */
async function readManifestDigest(reader: ByteReader, entryCount: number): Promise<string | undefined> {
  const hash = createHash('sha256').update(MANIFEST_DOMAIN).update(encodeCanonical(entryCount));
  let left = MAX_METADATA_SIZE;
  for (let index = 1; index <= entryCount; index++) {
    const line = await reader.readLine(MAX_ENTRY_LINE);
    left -= line?.length ?? left;
    if (line === undefined || left <= 0) return undefined;
    const encoded = encodeEntry(index === entryCount ? line : line.replace(/,$/, ''));
    if (encoded === undefined) return undefined;
    hash.update(encoded);
  }
  return hash.digest('hex');
}

/** Undefined for a line that is no entry of any manifest: those hold texts, numbers and booleans by name. */
function encodeEntry(json: string): Uint8Array | undefined {
  const entry = parseJson(json);
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return undefined;
  if (Object.values(entry).some((value) => !['string', 'number', 'boolean'].includes(typeof value))) return undefined;
  try {
    return encodeCanonical(entry as Readonly<Record<string, string | number | boolean>>);
  } catch (error) {
    if (isVelocityError(error, 'VALUE_INVALID')) return undefined;
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the caller says so.
    return undefined;
  }
}
