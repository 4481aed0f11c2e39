import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const HEADER_BYTES = 12;
/** Times, device, inode, mode, owner, size: what stands before the digest of an entry. */
const STAT_BYTES = 40;
const SHA1_BYTES = 20;
const NAME_LENGTH_MASK = 0x0fff;
const EXTENDED_FLAG = 0x4000;
/** Extensions that begin so may be ignored; the others say that entries are elsewhere. */
const OPTIONAL = /^[A-Z]/;

/**
 * The files that git tracks, out of its index (gitformat-index(5), versions 2 and 3): starting git for that takes 10 ms.
 * @param root the top of the work tree, with a `.git` folder of its own
 * @returns undefined where the index is of a kind that only git can read, or there is none
 */
export function readGitIndex(root: string): ReadonlySet<string> | undefined {
  try {
    if (!lstatSync(join(root, '.git')).isDirectory()) return undefined;
    return parseIndex(readFileSync(join(root, '.git', 'index')));
  } catch {
    // Not there, or not readable: git will say.
    return undefined;
  }
}

function parseIndex(data: Buffer): ReadonlySet<string> | undefined {
  const end = data.byteLength - SHA1_BYTES;
  const version = data.readUInt32BE(4);
  if (data.toString('latin1', 0, 4) !== 'DIRC' || (version !== 2 && version !== 3)) return undefined;
  // An index with SHA-256 object names, or without a checksum, fails here.
  if (!createHash('sha1').update(data.subarray(0, end)).digest().equals(data.subarray(end))) return undefined;
  const paths = new Set<string>();
  let at = HEADER_BYTES;
  for (let left = data.readUInt32BE(8); left > 0; left--) {
    const flagsAt = at + STAT_BYTES + SHA1_BYTES;
    const flags = data.readUInt16BE(flagsAt);
    const nameAt = flagsAt + ((flags & EXTENDED_FLAG) === 0 ? 2 : 4);
    const length = flags & NAME_LENGTH_MASK;
    // A longer name ends at its NUL.
    const nameEnd = length < NAME_LENGTH_MASK ? nameAt + length : data.indexOf(0, nameAt);
    paths.add(data.toString('utf8', nameAt, nameEnd));
    // One to eight NULs, up to a multiple of eight.
    at += Math.floor((nameEnd - at) / 8 + 1) * 8;
  }
  while (at < end) {
    if (!OPTIONAL.test(data.toString('latin1', at, at + 4))) return undefined;
    at += 8 + data.readUInt32BE(at + 4);
  }
  return at === end ? paths : undefined;
}
