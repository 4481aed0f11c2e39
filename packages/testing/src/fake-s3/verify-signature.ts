import { timingSafeEqual } from 'node:crypto';

import { parseAmzDate, signCanonical, UNSIGNED_PAYLOAD, type CanonicalParts } from '../s3/canonical-request.js';
import type { Misbehaviours } from './misbehaviours.js';
import { parseAuthorization, type Authorization } from './parse-authorization.js';
import { s3Error } from './s3-error.js';
import type { WireRequest } from './wire-request.js';

const MAX_SKEW_MS = 15 * 60_000;

export interface VerifyContext {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly nowMs: number;
  readonly strikes: (
    name: keyof Pick<Misbehaviours, 'acceptExpired' | 'acceptShorter' | 'rejectContentSha256'>,
  ) => boolean;
}

export interface VerifiedRequest {
  readonly form: 'header' | 'query';
  readonly signature: string;
  /** What the body must hash to; undefined when the client signed for any body. */
  readonly payloadSha256: string | undefined;
}

/** Throws the {@link S3Error} that AWS documents for whatever is wrong, or says what the signature binds. */
export function verifySignature(wire: WireRequest, context: VerifyContext): VerifiedRequest {
  const authorization = parseAuthorization(wire);
  checkScope(authorization, context);
  checkTime(authorization, context);
  checkSignedHeaders(wire, authorization);

  const claimed = wire.headers.get('x-amz-content-sha256');
  const payloadHash = claimed ?? UNSIGNED_PAYLOAD;
  checkPayloadHash(authorization, claimed);
  if (authorization.form === 'query' && payloadHash !== UNSIGNED_PAYLOAD && context.strikes('rejectContentSha256')) {
    throw mismatch();
  }
  compareSignatures(wire, authorization, payloadHash, context);
  return {
    form: authorization.form,
    signature: authorization.signature,
    payloadSha256: payloadHash === UNSIGNED_PAYLOAD ? undefined : payloadHash,
  };
}

function checkScope({ form, credential, amzDate }: Authorization, context: VerifyContext): void {
  const malformed = (message: string): Error =>
    s3Error(form === 'header' ? 'AuthorizationHeaderMalformed' : 'AuthorizationQueryParametersError', message);
  if (credential.accessKeyId !== context.accessKeyId) {
    throw s3Error('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.');
  }
  if (credential.region !== context.region) {
    throw malformed(`the region '${credential.region}' is wrong; expecting '${context.region}'`);
  }
  if (credential.service !== 's3' || credential.terminator !== 'aws4_request') {
    throw malformed('the credential scope must end in s3/aws4_request');
  }
  if (credential.day !== amzDate.slice(0, 8)) {
    throw malformed(`Invalid credential date "${credential.day}". This date is not the same as X-Amz-Date.`);
  }
}

function checkTime({ form, amzDate, lifetimeSeconds }: Authorization, context: VerifyContext): void {
  const signedAtMs = parseAmzDate(amzDate);
  if (signedAtMs === undefined) throw s3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date');
  if (form === 'header') {
    if (Math.abs(context.nowMs - signedAtMs) > MAX_SKEW_MS) {
      throw s3Error(
        'RequestTimeTooSkewed',
        'The difference between the request time and the current time is too large.',
      );
    }
    return;
  }
  if (signedAtMs - context.nowMs > MAX_SKEW_MS) throw s3Error('AccessDenied', 'Request is not valid yet');
  const expired = context.nowMs >= signedAtMs + (lifetimeSeconds ?? 0) * 1000;
  if (expired && !context.strikes('acceptExpired')) throw s3Error('AccessDenied', 'Request has expired');
}

/** Each header the client says it signed must be there, and what names the host or speaks to S3 must be signed. */
function checkSignedHeaders(wire: WireRequest, { signedHeaders }: Authorization): void {
  if (!signedHeaders.includes('host')) throw s3Error('AccessDenied', 'The host header must be signed');
  for (const name of signedHeaders) {
    if (!wire.headers.has(name)) throw mismatch();
  }
  const unsigned = [...wire.headers.keys()].filter(
    (name) => name.startsWith('x-amz-') && !signedHeaders.includes(name),
  );
  if (unsigned.length > 0) {
    throw s3Error(
      'AccessDenied',
      `There were headers present in the request which were not signed: ${unsigned.join(', ')}`,
    );
  }
}

function checkPayloadHash({ form }: Authorization, claimed: string | undefined): void {
  if (claimed === undefined) {
    if (form === 'query') return;
    throw s3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  if (claimed.startsWith('STREAMING-')) {
    throw s3Error('NotImplemented', 'aws-chunked bodies are not part of what this store implements');
  }
  if (claimed !== UNSIGNED_PAYLOAD && !/^[0-9a-f]{64}$/.test(claimed)) {
    throw s3Error('InvalidArgument', 'x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a valid sha256 value.');
  }
}

function compareSignatures(
  wire: WireRequest,
  { form, signature, signedHeaders, amzDate, credential }: Authorization,
  payloadHash: string,
  context: VerifyContext,
): void {
  const parts: CanonicalParts = {
    method: wire.method,
    path: wire.path,
    query: form === 'query' ? wire.query.filter(([name]) => name !== 'X-Amz-Signature') : wire.query,
    headers: wire.headers,
    signedHeaders,
    payloadHash,
  };
  const expected = signCanonical(parts, {
    secretAccessKey: context.secretAccessKey,
    scope: { day: credential.day, region: credential.region },
    amzDate,
  });
  // parseAuthorization has made sure of 64 digits, so the lengths are equal.
  if (timingSafeEqual(Buffer.from(expected), Buffer.from(signature))) return;
  if (signedHeaders.includes('content-length') && context.strikes('acceptShorter')) return;
  throw mismatch();
}

function mismatch(): Error {
  return s3Error(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  );
}
