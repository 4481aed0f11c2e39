import { isVelocityError, VelocityError } from '@velocity/core';

/** The whole body as bytes. @throws VelocityError `PROTOCOL` when it is longer than `maxBytes` */
export async function readAll(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new VelocityError('PROTOCOL', `the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const EXCERPT_BYTES = 64 * 1024;

/**
 * As much of a body as came and is of use for an error message. The status already says what happened: a body that is too long or
 * breaks off changes nothing.
 * @throws VelocityError `CANCELLED` only
 */
export async function readExcerpt(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size >= EXCERPT_BYTES) break;
    }
  } catch (error) {
    if (isVelocityError(error, 'CANCELLED')) throw error;
  }
  return Buffer.concat(chunks).toString('utf8', 0, EXCERPT_BYTES);
}
