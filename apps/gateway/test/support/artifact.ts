import zlib from 'node:zlib';
import { digestOf, encodeCanonical } from '@velocity/core';
import type { CacheKey, Digest } from '@velocity/core';
import type { ArtifactDescription } from '@velocity/protocol';

/** Whether this runtime can make, and the gateway on it read, what zstd compresses. */
export const hasZstd = typeof zlib.zstdCompressSync === 'function';

export interface Entry {
  readonly path: string;
  readonly size?: number;
}

/** An artifact as an agent packs it, as far as a gateway ever reads: `velocity.json`, and zeros in place of all that follows. */
export interface PackedHead {
  readonly artifact: ArtifactDescription;
  readonly blobs: readonly Buffer[];
}

export interface HeadOptions {
  readonly entries?: readonly Entry[];
  /** Unpacked bytes of a blob. Default: all in one. */
  readonly blobSize?: number;
  readonly pack?: (data: Buffer) => Buffer;
  /** Changes the text of `velocity.json`. */
  readonly edit?: (text: string) => string;
}

export function packHead(key: CacheKey, options: HeadOptions = {}): PackedHead {
  const { entries = [{ path: 'dist/a' }], blobSize = Infinity, pack = plainFrame, edit = (text) => text } = options;
  const documents = entries.map(({ path, size = 1 }) => ({
    path,
    type: 'file',
    executable: false,
    size,
    digest: digestOf(path),
  }));
  const log = { size: 0, digest: digestOf('') };
  const opening = JSON.stringify({ version: 1, key, task: 'web#build', durationMs: 5, log }).slice(0, -1);
  const lines = documents.map((entry, index) => JSON.stringify(entry) + (index === documents.length - 1 ? '' : ','));
  const metadata = edit(
    [`${opening},"fingerprint":{"a":"b"},"manifest":{"version":1,"entries":[`, ...lines, ']}}', ''].join('\n'),
  );
  const stream = tarOf('velocity.json', Buffer.from(metadata));
  const pieces: Buffer[] = [];
  for (let start = 0; start < stream.byteLength; start += blobSize) {
    pieces.push(stream.subarray(start, Math.min(stream.byteLength, start + blobSize)));
  }
  const blobs = pieces.map(pack);
  return {
    blobs,
    artifact: {
      manifestDigest: manifestDigestOf(documents),
      blobs: blobs.map((blob, index) => ({
        digest: digestOf(blob),
        size: blob.byteLength,
        unpackedSize: pieces[index]?.byteLength ?? 0,
      })),
      entryCount: documents.length,
      outputSize: entries.reduce((sum, { size = 1 }) => sum + size, 0),
      durationMs: 5,
      task: 'web#build',
    },
  };
}

/** A frame as agents write it that have no zstd: blocks that hold their bytes as they are, and one that repeats a byte. */
export function plainFrame(data: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUInt32LE(0xfd2fb528, 0);
  header[4] = 0x20 | (2 << 6);
  header.writeUInt32LE(data.byteLength, 5);
  const blocks: Buffer[] = [header];
  const zeros = data.byteLength > 2048 && data.subarray(-2048).every((byte) => byte === 0) ? 2048 : 0;
  const end = data.byteLength - zeros;
  for (let start = 0; start < end; start += 1024) {
    const bytes = data.subarray(start, Math.min(end, start + 1024));
    blocks.push(blockHeader(0, bytes.byteLength, zeros === 0 && start + 1024 >= end), bytes);
  }
  if (zeros > 0) blocks.push(blockHeader(1, zeros, true), Buffer.alloc(1));
  return Buffer.concat(blocks);
}

export function zstdFrame(data: Buffer): Buffer {
  return zlib.zstdCompressSync(data);
}

function blockHeader(type: 0 | 1, size: number, isLast: boolean): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((size << 3) | (type << 1) | (isLast ? 1 : 0), 0, 3);
  return header;
}

function manifestDigestOf(entries: readonly Readonly<Record<string, string | number | boolean>>[]): Digest {
  const parts = [
    Buffer.from('velocity/manifest/v1\0'),
    encodeCanonical(entries.length),
    ...entries.map(encodeCanonical),
  ];
  return digestOf(Buffer.concat(parts));
}

/** POSIX ustar, of which only name and size are looked at. */
function tarOf(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(content.byteLength.toString(8).padStart(11, '0'), 124);
  return Buffer.concat([header, content, Buffer.alloc(2048)]);
}
