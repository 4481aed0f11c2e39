import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What every token of `velocity-server token create` starts with; secret scanners look for it. */
export const TOKEN_PREFIX = 'vct_';
/** 62^43 > 2^256, and 62^6 > 2^32. */
const RANDOM_DIGITS = 43;
const CHECKSUM_DIGITS = 6;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const TOKEN = new RegExp(`^${TOKEN_PREFIX}[0-9A-Za-z]{${RANDOM_DIGITS + CHECKSUM_DIGITS}}$`);

/**
 * `vct_`, 32 random bytes and their CRC-32, in letters and digits alone: one double click selects the whole.
 * It says nothing of its role: that is the tokens file's, where it can be changed.
 */
export function createToken(randomBytes: (size: number) => Uint8Array): string {
  const random = BigInt(`0x${Buffer.from(randomBytes(32)).toString('hex')}`);
  const body = `${TOKEN_PREFIX}${base62(random, RANDOM_DIGITS)}`;
  return `${body}${checksumOf(body)}`;
}

/** `mistyped` starts as a token of ours and is none; `other` was made elsewhere. No lookup: the checksum tells. */
export function judgeToken(text: string): 'sound' | 'mistyped' | 'other' {
  if (!text.startsWith(TOKEN_PREFIX)) return 'other';
  const isSound = TOKEN.test(text) && text.slice(-CHECKSUM_DIGITS) === checksumOf(text.slice(0, -CHECKSUM_DIGITS));
  return isSound ? 'sound' : 'mistyped';
}

/** The one form in which a token is kept: SHA-256, 64 lowercase hexadecimal digits. Enough where the token has 256 random bits. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function checksumOf(body: string): string {
  return base62(BigInt(crc32(body)), CHECKSUM_DIGITS);
}

function base62(value: bigint, digits: number): string {
  let text = '';
  for (let rest = value; text.length < digits; rest /= 62n) text = `${DIGITS.charAt(Number(rest % 62n))}${text}`;
  return text;
}
