import { errorMessage, isErrno, isVelocityError, VelocityError } from '@velocity/core';
import type { Deadline } from './deadline.js';

const LIMIT_TEXT = { connect: 'connecting took', idle: 'nothing moved for', total: 'not done after' } as const;
const LIMIT_FIELD = { connect: 'connectMs', idle: 'idleMs', total: 'totalMs' } as const;

/** OpenSSL's reasons for not trusting a certificate (X509_V_ERR_*), as Node spells them. */
const UNTRUSTED = [
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

/** Node refuses a header's name or value before anything is sent. */
const BAD_HEADER = ['ERR_HTTP_INVALID_HEADER_VALUE', 'ERR_INVALID_CHAR', 'ERR_INVALID_HTTP_TOKEN'];

/** What broke a request, in our words. Names the origin only: the rest of a URL may be a permission. */
export function describeFailure(error: unknown, { url, deadline }: { url: URL; deadline: Deadline }): VelocityError {
  const { origin } = url;
  if (deadline.isCancelled) return new VelocityError('CANCELLED', `${origin}: cancelled`, { cause: error });
  if (deadline.expired !== undefined) {
    const seconds = deadline.timeouts[LIMIT_FIELD[deadline.expired]] / 1000;
    return new VelocityError('TIMEOUT', `${origin}: ${LIMIT_TEXT[deadline.expired]} ${seconds} s`, { cause: error });
  }
  if (isVelocityError(error)) return error;
  if (isErrno(error, ...BAD_HEADER)) {
    return new VelocityError('PROTOCOL', `${origin}: a header that was asked for cannot be sent`, { cause: error });
  }
  return new VelocityError('GATEWAY_UNAVAILABLE', `${origin}: ${reasonOf(error)}`, {
    hint: hintFor(error),
    cause: error,
  });
}

/** The first line: OpenSSL's errors have several. Without a message (several addresses were tried) the code says it. */
function reasonOf(error: unknown): string {
  if (isErrno(error, 'ECONNREFUSED', 'ENOTFOUND', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EPROTO'))
    return error.code ?? '';
  return errorMessage(error).split('\n')[0] ?? '';
}

function hintFor(error: unknown): string | undefined {
  if (isErrno(error, 'ECONNREFUSED')) return 'is it running, and is the address right?';
  if (isErrno(error, 'ENOTFOUND')) return 'is the address right?';
  if (isErrno(error, 'EPROTO')) return 'does it speak https, or should the address start with http://?';
  if (isErrno(error, ...UNTRUSTED)) return 'name the file of its certificate authority in NODE_EXTRA_CA_CERTS';
  return undefined;
}
