// @ts-check
/** @import { Question } from './types.d.ts' */
import { createHash } from 'node:crypto';

/** What each question has to be answered with, so often as it has items. @type {Readonly<Record<Question, { httpStatus: number, mark: Buffer }>>} */
const EXPECTED = {
  known: { httpStatus: 200, mark: Buffer.from('"status":"found"') },
  unknown: { httpStatus: 200, mark: Buffer.from('"status":"missing"') },
  upload: { httpStatus: 200, mark: Buffer.from('"status":"upload_needed"') },
  'head-known': { httpStatus: 200, mark: Buffer.alloc(0) },
  'head-unknown': { httpStatus: 404, mark: Buffer.alloc(0) },
};

export const TURBO_TEAM = 'team_bench';

/** @param {string | Uint8Array} content */
export function digestOf(content) {
  return createHash('sha256').update(content).digest('hex');
}

/** The key of an artifact that the store knows. @param {number} index */
export function knownKey(index) {
  return digestOf(`known ${index}`);
}

/** The bytes of its only blob. @param {number} index */
export function knownContent(index) {
  return Buffer.from(`the content of artifact ${index}`);
}

/** An artifact of these bytes, as an uploader describes it. @param {string} digest @param {number} size */
export function describeArtifact(digest, size) {
  return {
    manifestDigest: digest,
    blobs: [{ digest, size, unpackedSize: size }],
    entryCount: 20,
    outputSize: size,
    durationMs: 1200,
    task: 'some-package#build',
  };
}

/**
 * The bytes of a request.
 * @param {string} method @param {string} path @param {string} token @param {string} [body]
 */
export function requestBytes(method, path, token, body) {
  const head = [`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', `Authorization: Bearer ${token}`];
  if (body !== undefined) head.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`);
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body ?? ''}`);
}

/**
 * Requests to send in turn. All of their keys differ, so that no two that are under way at once share a look-up.
 * @param {{ question: Question, batch: number, token: string, known: number, count: number }} options
 */
export function prepareRequests({ question, batch, token, known, count }) {
  return Array.from({ length: count }, (_, index) => {
    const first = index * batch;
    if (question === 'head-known' || question === 'head-unknown') {
      const key = question === 'head-known' ? knownKey(first % known) : digestOf(`unknown ${first}`);
      return requestBytes('HEAD', `/v8/artifacts/${key}?teamId=${TURBO_TEAM}`, token);
    }
    const items = Array.from({ length: batch }, (_item, offset) => itemOf(question, first + offset, known));
    return requestBytes('POST', '/v1/negotiate', token, JSON.stringify(batch === 1 ? items[0] : { items }));
  });
}

/** @param {Question} question @param {number} index @param {number} known */
function itemOf(question, index, known) {
  if (question === 'known') return { hash: knownKey(index % known), action: 'download' };
  if (question === 'unknown') return { hash: digestOf(`unknown ${index}`), action: 'download' };
  const digest = digestOf(`upload ${index}`);
  return { hash: digest, action: 'upload', artifact: describeArtifact(digest, 1_000_000 + index) };
}

/**
 * Says what is wrong with an answer; undefined: nothing.
 * @param {Question} question @param {number} batch @param {{ status: number, body: Buffer }} answer
 */
export function whatIsWrong(question, batch, { status, body }) {
  const { httpStatus, mark } = EXPECTED[question];
  if (status !== httpStatus) return `status ${status} instead of ${httpStatus}: ${body.subarray(0, 200).toString()}`;
  if (mark.length === 0) return undefined;
  let found = 0;
  for (let at = body.indexOf(mark); at !== -1; at = body.indexOf(mark, at + mark.length)) found += 1;
  return found === batch ? undefined : `${found} of ${batch} items are ${mark.toString()}`;
}
