import { createHash } from 'node:crypto';
import { digestOf, encodeCanonical, type CanonicalValue, type Digest } from '@velocity/core';
import type { ArtifactDescription } from '@velocity/artifact';
import { info, log } from './support.js';

/** Artifacts byte by byte, by a writer that shares nothing with the one under test and can lie about everything. */

/** Fields of a tar header, as text in their place; what is not given is what an honest header says. */
export interface RawHeader {
  /** May run on into the fields behind it. */
  readonly name: string;
  readonly size?: number | string | Buffer;
  readonly mode?: string;
  readonly owner?: string;
  readonly time?: string;
  readonly type?: string;
  readonly target?: string;
  readonly prefix?: string;
  readonly magic?: string;
  /** User and group by name, then the numbers of a device. */
  readonly user?: string;
  readonly group?: string;
  readonly device?: string;
  readonly checksum?: string;
}

export function rawHeader(fields: RawHeader): Buffer {
  const header = Buffer.alloc(512);
  const { name, size = 0, type = '0', target = '', prefix = '' } = fields;
  const mode = fields.mode ?? (type === '0' || type === 'x' ? '0000644' : '0000755');
  header.write(name, 0, 'latin1');
  header.write(mode, 100, 'latin1');
  header.write(fields.owner ?? '0000000', 108, 'latin1');
  header.write('0000000', 116, 'latin1');
  if (Buffer.isBuffer(size)) size.copy(header, 124);
  else header.write(typeof size === 'number' ? size.toString(8).padStart(11, '0') : size, 124, 'latin1');
  header.write(fields.time ?? '00000000000', 136, 'latin1');
  header.write('        ', 148, 'latin1');
  header.write(type, 156, 'latin1');
  header.write(target, 157, 'latin1');
  header.write(fields.magic ?? 'ustar\u000000', 257, 'latin1');
  header.write(fields.user ?? '', 265, 'latin1');
  header.write(fields.group ?? '', 297, 'latin1');
  header.write(fields.device ?? '0000000\u00000000000', 329, 'latin1');
  header.write(prefix, 345, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(fields.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

export function rawMember(fields: RawHeader, content: Uint8Array | string = ''): Buffer {
  const bytes = Buffer.from(content);
  const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512);
  return Buffer.concat([rawHeader({ size: bytes.length, ...fields }), bytes, padding]);
}

/** A pax extended header with these records. */
export function pax(records: Readonly<Record<string, string>>): Buffer {
  const body = Object.entries(records).map(([key, value]) => {
    let length = 0;
    for (let next = key.length + Buffer.byteLength(value) + 3; next !== length;) {
      length = next;
      next = String(length).length + key.length + Buffer.byteLength(value) + 3;
    }
    return `${length} ${key}=${value}\n`;
  });
  return rawMember({ name: 'PaxHeader', type: 'x' }, body.join(''));
}

export const END = Buffer.alloc(1024);

export interface RawFrame {
  /** Window_Descriptor; `undefined` for a single segment. Default: 1 MiB. */
  readonly window?: number | undefined;
  /** Frame_Content_Size; `undefined` for none. */
  readonly contentSize: number | bigint | undefined;
  /** Further bits of Frame_Header_Descriptor. */
  readonly bits?: number;
  /** Between window and content size. */
  readonly dictionary?: readonly number[];
  readonly magic?: number;
}

/** The header of a zstd frame (RFC 8878, 3.1.1.1), with a content size of 8 bytes, and what is given to follow it. */
export function rawFrame(fields: RawFrame, ...parts: readonly Uint8Array[]): Buffer {
  const { contentSize, bits = 0, dictionary = [], magic = 0xfd2fb528 } = fields;
  const window = 'window' in fields ? fields.window : 0x50;
  const header = Buffer.alloc(5);
  header.writeUInt32LE(magic);
  header[4] = bits | (contentSize === undefined ? 0 : 0b1100_0000) | (window === undefined ? 0b0010_0000 : 0);
  const size = Buffer.alloc(contentSize === undefined ? 0 : 8);
  if (contentSize !== undefined) size.writeBigUInt64LE(BigInt(contentSize));
  return Buffer.concat([
    header,
    Buffer.from(window === undefined ? [] : [window]),
    Buffer.from(dictionary),
    size,
    ...parts,
  ]);
}

/** A block (RFC 8878, 3.1.1.2). Types: 0 raw, 1 run, 2 compressed, 3 reserved. */
export function rawBlock(type: number, size: number, isLast: boolean, content: Uint8Array | readonly number[]): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((size << 3) | (type << 1) | (isLast ? 1 : 0), 0, 3);
  return Buffer.concat([header, Buffer.from(content)]);
}

/** `data` as raw blocks. */
export function rawBlocks(data: Uint8Array): Buffer {
  const parts: Uint8Array[] = [];
  for (let start = 0; start < data.byteLength || start === 0; start += 131_072) {
    const block = data.subarray(start, start + 131_072);
    parts.push(rawBlock(0, block.byteLength, start + 131_072 >= data.byteLength, block));
  }
  return Buffer.concat(parts);
}

/** Blocks that say `size` zeros, a multiple of 128 KiB. */
export function runs(size: number): Buffer {
  const count = size / 131_072;
  return Buffer.concat([Buffer.alloc(4 * count, rawBlock(1, 131_072, false, [0])), rawBlock(0, 0, true, [])]);
}

/** One zstd frame of raw blocks: what any decoder must read, made without an encoder. */
export function storedFrame(data: Uint8Array): Buffer {
  return rawFrame({ contentSize: data.byteLength }, rawBlocks(data));
}

export interface Forged {
  readonly description: ArtifactDescription;
  readonly blobs: readonly { readonly bytes: Uint8Array }[];
}

export interface Forgery {
  readonly entries?: readonly unknown[];
  /** Text of velocity.json instead of the honest one. */
  readonly metadata?: Uint8Array | string;
  readonly log?: Uint8Array;
  /** Instead of the log's member. */
  readonly logMember?: Uint8Array;
  /** What follows the log, instead of the honest members and the end mark. */
  readonly members?: Uint8Array;
  /** The whole stream instead. */
  readonly stream?: Uint8Array;
  /** The blobs instead: each with the size that it is said to unpack to. */
  readonly frames?: readonly { readonly bytes: Uint8Array; readonly unpackedSize: number }[];
  readonly describe?: (honest: ArtifactDescription) => unknown;
}

const SEGMENT_SIZE = 4 * 1024 ** 2;

/** An artifact that is what it says, but for what `forgery` changes; digests and sizes around a lie are made to fit it. */
export function forge(forgery: Forgery = {}): Forged {
  const entries = forgery.entries ?? [honestFile('dist/a.js', 'a')];
  const frames = forgery.frames ?? framesOf(forgery.stream ?? streamOf(entries, forgery));
  const description: ArtifactDescription = {
    manifestDigest: digestOfEntries(entries),
    entryCount: entries.length,
    outputSize: entries.reduce<number>(
      (sum, entry) => sum + (Number((entry as { size?: number } | null)?.size) || 0),
      0,
    ),
    blobs: frames.map(({ bytes, unpackedSize }) => ({ digest: digestOf(bytes), size: bytes.byteLength, unpackedSize })),
  };
  return { description: (forgery.describe?.(description) ?? description) as ArtifactDescription, blobs: frames };
}

/** The uncompressed bytes. */
export function streamOf(entries: readonly unknown[], forgery: Forgery): Buffer {
  const content = forgery.log ?? log;
  return Buffer.concat([
    rawMember({ name: 'velocity.json' }, Buffer.from(forgery.metadata ?? metadataText(entries, content))),
    forgery.logMember ?? rawMember({ name: 'log' }, content),
    forgery.members ?? Buffer.concat([...entries.map(honestMember), END]),
  ]);
}

export function framesOf(stream: Uint8Array, size = SEGMENT_SIZE): { bytes: Uint8Array; unpackedSize: number }[] {
  const frames = [];
  for (let start = 0; start < stream.byteLength; start += size) {
    const segment = stream.subarray(start, start + size);
    frames.push({ bytes: storedFrame(segment), unpackedSize: segment.byteLength });
  }
  return frames;
}

export function honestFile(path: string, content: string): { readonly path: string; readonly content: string } {
  const entry = { path, type: 'file', executable: false, size: Buffer.byteLength(content), digest: digestOf(content) };
  // Not part of the entry's JSON: the member's content.
  Object.defineProperty(entry, 'content', { value: content, enumerable: false });
  return entry as unknown as { path: string; content: string };
}

export function openingText(content: Uint8Array = log, changes: object = {}): string {
  const opening = {
    version: 1,
    key: info.key,
    task: info.task,
    durationMs: info.durationMs,
    log: { size: content.byteLength, digest: digestOf(content) },
    fingerprint: info.fingerprint,
    ...changes,
  };
  return `${JSON.stringify(opening).slice(0, -1)},"manifest":{"version":1,"entries":[\n`;
}

export function metadataText(entries: readonly unknown[], content: Uint8Array = log): string {
  const lines = entries.map((entry, index) => `${JSON.stringify(entry)}${index === entries.length - 1 ? '' : ','}\n`);
  return `${openingText(content)}${lines.join('')}]}}\n`;
}

function honestMember(entry: unknown): Buffer {
  // Of any type: such an entry may be the lie.
  const { path, type, target = '', content = 'x' } = (entry ?? {}) as Readonly<Record<string, unknown>>;
  const name = `outputs/${String(path)}`;
  if (type === 'symlink') return rawMember({ name, type: '2', target: String(target) });
  if (type === 'directory') return rawMember({ name: `${name}/`, type: '5' });
  return rawMember({ name }, String(content));
}

function digestOfEntries(entries: readonly unknown[]): Digest {
  try {
    const hash = createHash('sha256').update('velocity/manifest/v1\0').update(encodeCanonical(entries.length));
    for (const entry of entries) hash.update(encodeCanonical(entry as CanonicalValue));
    return hash.digest('hex') as Digest;
  } catch {
    // Such entries have no canonical encoding: any digest will do.
    return digestOf('');
  }
}
