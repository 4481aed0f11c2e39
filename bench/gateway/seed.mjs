// @ts-check
/** @import { Target } from './types.d.ts' */
import { describeArtifact, digestOf, knownContent, knownKey, TURBO_TEAM } from './questions.mjs';

const AT_ONCE = 16;

/** Puts the known artifacts, of one small blob each, as an agent would. @param {Target} target @param {number} count */
export async function seedOurs(target, count) {
  await eachAtOnce(count, async (index) => {
    const content = knownContent(index);
    await storeArtifact(target, knownKey(index), content);
  });
}

/**
 * Uploads one artifact of one blob and makes it known.
 * @param {Target} target @param {string} key @param {Buffer<ArrayBuffer>} content
 * @returns {Promise<string>} the digest of the blob
 */
export async function storeArtifact(target, key, content) {
  const digest = digestOf(content);
  const artifact = describeArtifact(digest, content.byteLength);
  const offer = await post(target, '/v1/negotiate', { hash: key, action: 'upload', artifact });
  const blob = offer.blobs?.[0];
  if (blob?.url !== undefined) {
    const put = await fetch(blob.url, { method: 'PUT', headers: blob.headers, body: content });
    if (put.status !== 201 && put.status !== 200)
      throw new Error(`a blob was refused: ${put.status} ${await put.text()}`);
  }
  const { status } = await post(target, '/v1/commit', { ticket: offer.ticket });
  if (status !== 'stored') throw new Error(`a commit was answered with ${status}`);
  return digest;
}

/** Where to get the blob of a known artifact. @param {Target} target @param {string} key @returns {Promise<string>} */
export async function urlOf(target, key) {
  const { blobs } = await post(target, '/v1/negotiate', { hash: key, action: 'download' });
  return blobs?.[0]?.url ?? '';
}

/** @param {Target} target @param {number} count */
export async function seedTurbo({ port, token }, count) {
  await eachAtOnce(count, async (index) => {
    const answer = await fetch(`http://127.0.0.1:${port}/v8/artifacts/${knownKey(index)}?teamId=${TURBO_TEAM}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
      body: knownContent(index),
    });
    if (!answer.ok) throw new Error(`turborepo-remote-cache answered a PUT with ${answer.status}`);
    await answer.arrayBuffer();
  });
}

/** @param {Target} target @param {string} path @param {unknown} body @returns {Promise<{ status?: string, ticket?: string, blobs?: { url?: string, headers: Record<string, string> }[] }>} */
async function post({ port, token }, path, body) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

/** @param {number} count @param {(index: number) => Promise<void>} body */
async function eachAtOnce(count, body) {
  let next = 0;
  const worker = async () => {
    while (next < count) await body(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
