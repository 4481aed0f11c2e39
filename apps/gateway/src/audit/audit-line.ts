import { hash as hashOf } from 'node:crypto';

/** What ties a line to those before it. */
export interface AuditLink {
  /** One process's lines, numbered from 0 without a gap. */
  readonly chain: string;
  readonly seq: number;
  /** The hash of the chain's line before; of its first line, that of the line which was the file's last then. Null for the first of all. */
  readonly prev: string | null;
}

export interface SealedLine {
  /** Without a line break. */
  readonly line: string;
  readonly hash: string;
}

const HASH = /^[0-9a-f]{64}$/;
const HASH_FIELD = /^(.*),"hash":"([0-9a-f]{64})"\}$/s;

/** Puts the SHA-256 of a JSON object's text into it, as its last field: an edit shows even in the last line of all. */
export function sealLine(json: string): SealedLine {
  const hash = hashOf('sha256', json);
  return { line: `${json.slice(0, -1)},"hash":"${hash}"}`, hash };
}

/** A line as it was found; `isSound` when its hash is that of the rest. Undefined for what is no audit line at all. */
export function readAuditLine(
  line: string,
): (AuditLink & { readonly hash: string; readonly isSound: boolean; readonly event: unknown }) | undefined {
  const match = HASH_FIELD.exec(line);
  const fields = match === null ? undefined : parseObject(line);
  if (match === null || fields === undefined) return undefined;
  const { chain, seq, prev, event } = fields;
  if (typeof chain !== 'string' || typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0) return undefined;
  if (prev !== null && (typeof prev !== 'string' || !HASH.test(prev))) return undefined;
  const hash = match[2] ?? '';
  return { chain, seq, prev, event, hash, isSound: sealLine(`${match[1]}}`).hash === hash };
}

/** What a line is called by those after it: its hash field, or for a line without one, such as one cut off, the SHA-256 of its text. */
export function hashOfLine(line: string): string {
  return HASH_FIELD.exec(line)?.[2] ?? hashOf('sha256', line);
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // No JSON: no line of ours.
    return undefined;
  }
}
