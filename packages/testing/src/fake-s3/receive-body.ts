import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

import type { StoredBody } from './body-store.js';
import { resetConnection, type VerifiedExchange } from './exchange.js';
import { s3Error } from './s3-error.js';

export interface ReceivedBody {
  readonly body: StoredBody;
  /** Hexadecimal. */
  readonly md5: string;
  /** `x-amz-checksum-*` headers that the client sent; verified, unless the store has been told not to. */
  readonly checksums: Readonly<Record<string, string>>;
}

/** Thrown when there is nobody left to answer. */
export class ConnectionGone extends Error {}

/**
 * Takes the whole request body and compares it with everything that was said about it. Whatever is wrong throws, and leaves
 * nothing of the bytes.
 */
export async function receiveBody(exchange: VerifiedExchange, announced: number): Promise<ReceivedBody> {
  const { state, request, response, wire, verified } = exchange;
  const claimed = claimedChecksums(wire.headers);
  const md5 = createHash('md5');
  const sha256 = createHash('sha256');
  const checksums = [...claimed.keys()].map((name) => ({ name, sum: startChecksum(name) }));
  const resets = state.misbehaviours.strikes('resetMidBody');

  if (exchange.expectsContinue) response.writeContinue();
  const writer = state.bodies.create();
  let received = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      received += chunk.length;
      state.traffic.bytesIn += chunk.length;
      if (resets && received >= announced / 2) {
        resetConnection(exchange);
        throw new ConnectionGone();
      }
      writer.write(chunk);
      for (const hash of [md5, sha256, ...checksums.map(({ sum }) => sum)]) hash.update(chunk);
    }
  } catch (error) {
    // The client hung up: nothing is kept, unless this store keeps what it got.
    if (error instanceof ConnectionGone || !state.misbehaviours.strikes('acceptShorter')) {
      writer.abort();
      throw error instanceof ConnectionGone ? error : new ConnectionGone();
    }
  }

  const body = writer.finish();
  try {
    const trusts = state.misbehaviours;
    const actual = { md5: md5.digest(), sha256: sha256.digest('hex') };
    const saidSha256 = verified.payloadSha256;
    if (saidSha256 !== undefined && saidSha256 !== actual.sha256 && !trusts.strikes('ignoreContentSha256')) {
      throw s3Error(
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    }
    checkMd5(wire.headers.get('content-md5'), actual.md5, () => trusts.strikes('ignoreContentSha256'));
    for (const { name, sum } of checksums) {
      if (sum.digest('base64') !== claimed.get(name) && !trusts.strikes('ignoreChecksum')) {
        throw s3Error('BadDigest', `The ${name} you specified did not match what we received.`);
      }
    }
    return { body, md5: actual.md5.toString('hex'), checksums: Object.fromEntries(claimed) };
  } catch (error) {
    body.discard();
    throw error;
  }
}

interface Checksum {
  update(chunk: Uint8Array): unknown;
  digest(encoding: 'base64'): string;
}

function claimedChecksums(headers: ReadonlyMap<string, string>): Map<string, string> {
  const claimed = new Map<string, string>();
  for (const [name, value] of headers) {
    if (!name.startsWith('x-amz-checksum-') || name === 'x-amz-checksum-mode') continue;
    if (Buffer.from(value, 'base64').toString('base64') !== value) {
      throw s3Error('InvalidRequest', `Value for ${name} header is invalid.`);
    }
    claimed.set(name, value);
  }
  return claimed;
}

function startChecksum(name: string): Checksum {
  switch (name) {
    case 'x-amz-checksum-sha256':
      return createHash('sha256') satisfies Hash;
    case 'x-amz-checksum-sha1':
      return createHash('sha1') satisfies Hash;
    case 'x-amz-checksum-crc32':
      return startCrc32();
    default:
      throw s3Error('NotImplemented', `${name} is not part of what this store implements`);
  }
}

function startCrc32(): Checksum {
  let value = 0;
  return {
    update: (chunk) => {
      value = crc32(chunk, value);
    },
    digest: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes.toString('base64');
    },
  };
}

function checkMd5(claimed: string | undefined, actual: Buffer, isForgiven: () => boolean): void {
  if (claimed === undefined) return;
  const expected = Buffer.from(claimed, 'base64');
  if (expected.length !== 16) throw s3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.');
  if (!expected.equals(actual) && !isForgiven()) {
    throw s3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
}
